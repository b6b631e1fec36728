/** Ranks, once it is known who was audited: an audited victim is nobody's decoy. */
import type { Dataset, Stratum } from '@leakscope/data';
import type { LeakRecord } from '../record.ts';
import { decoysOf, retrieve, type Shown } from './retrieval.ts';

/** What a record's rank is computed from. */
export interface Seen {
  /** The true image. */
  readonly truth: Float32Array;
  /** All images that the attack showed at once; null where it failed. */
  readonly shown: Shown | null;
}

export interface SettleOptions {
  readonly dataset: Dataset;
  /** The stratum of a client's shard, where its sampling rule has one. */
  stratum(client: string): Stratum | undefined;
  /** Truth and reconstruction of one record. */
  see(record: LeakRecord): Promise<Seen>;
}

/**
 * The records with their final ranks, in their order: each reconstruction's own, and that of the mean distance over all
 * reconstructions of the same victim from the same client, stage and attack.
 */
export async function settleRanks(
  records: readonly LeakRecord[],
  { dataset, stratum, see }: SettleOptions,
): Promise<LeakRecord[]> {
  const audited = new Set(records.map(({ victimIndex }) => victimIndex));
  const decoyImages = new Map<string, Promise<Float32Array[]>>();
  const decoysFor = ({ label, client }: LeakRecord): Promise<Float32Array[]> => {
    const rule = { label, stratum: stratum(client) };
    const key = JSON.stringify(rule);
    const images = decoyImages.get(key) ?? imagesOf(dataset, decoysOf(dataset, rule, audited));
    decoyImages.set(key, images);
    return images;
  };
  const victimOf = ({ stage, client, attackIndex, victimIndex }: LeakRecord): string =>
    JSON.stringify([stage, client, attackIndex, victimIndex]);
  const settled = new Map<LeakRecord, LeakRecord>();
  for (const group of Map.groupBy(records, victimOf).values()) {
    const decoys = await decoysFor(group[0] as LeakRecord);
    const seen: Seen[] = [];
    for (const record of group) seen.push(await see(record));
    const { truth } = seen[0] as Seen;
    const shown = seen.flatMap((one) => (one.shown === null ? [] : [one.shown]));
    const victimRetrieval = { ...retrieve(truth, decoys, shown), reconstructions: shown.length };
    group.forEach((record, k) => {
      const own = seen[k] as Seen;
      const retrieval = retrieve(own.truth, decoys, own.shown === null ? [] : [own.shown]);
      settled.set(record, { ...record, retrieval, victimRetrieval });
    });
  }
  return records.map((record) => settled.get(record) as LeakRecord);
}

async function imagesOf(dataset: Dataset, indices: readonly number[]): Promise<Float32Array[]> {
  const images: Float32Array[] = [];
  for (const index of indices) images.push((await dataset.example(index)).image);
  return images;
}
