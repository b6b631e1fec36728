/** Ranks, once it is known who was audited: an audited victim is nobody's decoy. */
import type { Dataset, Stratum } from '@leakscope/data';
import type { LeakRecord } from '../record.ts';
import { decoysOf, retrieve } from './retrieval.ts';

/** What a record's rank is computed from. */
interface RankedImages {
  /** The true image. */
  readonly truth: Float32Array;
  /** All images of the reconstructed batch; null where the attack failed. */
  readonly batch: readonly Float32Array[] | null;
}

interface RankOptions {
  readonly dataset: Dataset;
  /** The stratum of a client's shard, where its sampling rule has one. */
  stratum(client: string): Stratum | undefined;
  /** Truth and reconstruction of one record. */
  imagesOf(record: LeakRecord): Promise<RankedImages>;
}

/**
 * The records with their final ranks, in their order: each reconstruction's own, and that of the mean distance over all
 * reconstructions of the same victim from the same client, stage and attack.
 */
export async function rankRecords(
  records: readonly LeakRecord[],
  { dataset, stratum, imagesOf }: RankOptions,
): Promise<LeakRecord[]> {
  const audited = new Set(records.map(({ victimIndex }) => victimIndex));
  const decoyImages = new Map<string, Promise<Float32Array[]>>();
  const decoysFor = ({ label, client }: LeakRecord): Promise<Float32Array[]> => {
    const rule = { label, stratum: stratum(client) };
    const key = JSON.stringify(rule);
    const images = decoyImages.get(key) ?? examplesAt(dataset, decoysOf(dataset, rule, audited));
    decoyImages.set(key, images);
    return images;
  };
  const victimOf = ({ stage, client, attackIndex, victimIndex }: LeakRecord): string =>
    JSON.stringify([stage, client, attackIndex, victimIndex]);
  const ranked = new Map<LeakRecord, LeakRecord>();
  for (const group of Map.groupBy(records, victimOf).values()) {
    const decoys = await decoysFor(group[0] as LeakRecord);
    const images: RankedImages[] = [];
    for (const record of group) images.push(await imagesOf(record));
    const { truth } = images[0] as RankedImages;
    const batches = images.flatMap(({ batch }) => (batch === null ? [] : [batch]));
    const victimRetrieval = { ...retrieve(truth, decoys, batches), reconstructions: batches.length };
    group.forEach((record, k) => {
      const own = images[k] as RankedImages;
      const retrieval = retrieve(own.truth, decoys, own.batch === null ? [] : [own.batch]);
      ranked.set(record, { ...record, retrieval, victimRetrieval });
    });
  }
  return records.map((record) => ranked.get(record) as LeakRecord);
}

async function examplesAt(dataset: Dataset, indices: readonly number[]): Promise<Float32Array[]> {
  const images: Float32Array[] = [];
  for (const index of indices) images.push((await dataset.example(index)).image);
  return images;
}
