/** What the page shows, read from a run's folder: tables, pictures and the manifest. */
import { basename } from 'node:path';
import type { LeakRecord } from '@leakscope/evaluator';
import type { ImageMetrics } from '@leakscope/evaluator/metrics';
import { type ClientSummary, summariseClients } from '@leakscope/evaluator/statistics';
import type { Experiment } from '@leakscope/shared/config';
import type { BlobDigest } from '@leakscope/shared/digests';
import { readManifest } from '@leakscope/shared/manifest';
import { openStore, type RoundRecord, type Store } from '@leakscope/store';
import { attackFacts, conditionFacts, licenceFacts } from './facts.ts';
import { inferredDefense } from './inferred-defense.ts';
import type { ClientRow, Picture, RoundRow, RunReport, Victim } from './model.ts';
import { type ShownRecord, shownRecords } from './shown-victims.ts';

interface LoadedRun {
  readonly report: RunReport;
  readonly experiment: Experiment;
  readonly records: readonly LeakRecord[];
}

/**
 * `pictureBytes`: as many bytes of pictures as may be loaded. Throws STORE_RUN_MISSING, STORE_MANIFEST_INVALID and what the store throws
 * of damaged files.
 */
export async function loadRun(folder: string, pictureBytes: number): Promise<LoadedRun> {
  const store = openStore(folder, 'reader');
  try {
    const manifest = await readManifest(folder);
    const { experiment } = manifest;
    const records = store.leaks.list<LeakRecord>();
    const rounds = store.rounds.list();
    const stages = experiment.stages.map(({ name }) => name);
    const clients = experiment.clients.map(({ id }) => id);
    const place = (row: ClientSummary) => stages.indexOf(row.stage) * clients.length + clients.indexOf(row.client);
    const summaries = summariseClients(records).sort((a, b) => place(a) - place(b));
    const label = labelNames(experiment.data.params.label);
    const counts = await store.queue.counts();
    const order = (record: LeakRecord) => recordPlace(record, stages, clients);
    const shown = await withPictures(
      shownRecords(records.toSorted((a, b) => order(a) - order(b))),
      store,
      label,
      pictureBytes,
    );
    const report: RunReport = {
      name: manifest.name,
      folder: basename(store.directory.root),
      finished: store.runs.current()?.state === 'finished' && counts.waiting + counts.leased === 0,
      conditions: conditionFacts(manifest),
      attack: attackFacts(experiment, counts),
      licences: await licenceFacts(experiment),
      clients: summaries.map((summary) => clientRow(summary, rounds)),
      rounds: rounds.map((round) => roundRow(round, records)),
      victims: shown,
      unshown: records.length - shown.length,
    };
    return { report, experiment, records };
  } finally {
    await store.close();
  }
}

/** Those that fit, in their order. */
async function withPictures(
  shown: readonly ShownRecord[],
  store: Store,
  label: (label: number) => string,
  pictureBytes: number,
): Promise<Victim[]> {
  const victims: Victim[] = [];
  let left = pictureBytes;
  for (const one of shown) {
    const card = await victim(one, store, label);
    left -= [card.original, card.reconstruction, card.floor, card.ceiling].reduce(
      (sum, { png }) => sum + (png?.length ?? 0),
      0,
    );
    if (left < 0) break;
    victims.push(card);
  }
  return victims;
}

function recordPlace({ stage, client }: LeakRecord, stages: readonly string[], clients: readonly string[]): number {
  return stages.indexOf(stage) * clients.length + clients.indexOf(client);
}

function clientRow(summary: ClientSummary, rounds: readonly RoundRecord[]): ClientRow {
  const { rankFirstFraction, p, leakInterval, ...rest } = summary;
  const measured = rounds.filter(({ stage, accuracy }) => stage === summary.stage && accuracy !== null);
  return {
    ...rest,
    leakInterval: leakInterval ?? null,
    rankedFirst: rankFirstFraction,
    pValue: p,
    accuracy: measured.at(-1)?.accuracy ?? null,
  };
}

function roundRow({ round, stage, accuracy }: RoundRecord, records: readonly LeakRecord[]): RoundRow {
  const severalAttacks = new Set(records.map(({ attackIndex }) => attackIndex)).size > 1;
  const own = Map.groupBy(
    records.filter((record) => record.round === round),
    ({ client, attack, attackIndex }) => (severalAttacks ? `${client}, ${attack} ${attackIndex + 1}` : client),
  );
  const leaks = [...own].map(([client, list]) => ({
    client,
    control: list.some(({ control }) => control),
    leak: list.reduce((sum, { leakAbovePrior }) => sum + leakAbovePrior, 0) / list.length,
  }));
  return { stage, round, accuracy, leaks };
}

async function victim(
  { record, place, of }: ShownRecord,
  store: Store,
  labelName: (label: number) => string,
): Promise<Victim> {
  const { pictures, metrics, floor, ceiling, inferredLabel } = record;
  return {
    id: record.victim,
    place,
    of,
    stage: record.stage,
    round: record.round,
    client: record.client,
    attack: record.attack,
    attackIndex: record.attackIndex,
    defense: record.defense,
    control: record.control,
    label: labelName(record.label),
    inferredLabel: inferredLabel === null ? null : labelName(inferredLabel),
    original: await picture(store, pictures.original, null),
    reconstruction: await picture(store, pictures.reconstruction, metrics),
    floor: await picture(store, pictures.floor, floor),
    ceiling: await picture(store, pictures.ceiling, ceiling),
    leakAbovePrior: record.leakAbovePrior,
    shareOfCeiling: record.shareOfCeiling,
    rank: record.retrieval.rank,
    decoys: record.retrieval.decoys,
    pValue: record.retrieval.p,
    inferredDefense: inferredDefense(record),
    failure: record.failed,
  };
}

/** A picture that is gone from the store leaves an empty frame: the numbers still stand. */
async function picture(store: Store, digest: BlobDigest | null, metrics: ImageMetrics | null): Promise<Picture> {
  const png = digest !== null && store.blobs.has(digest, 'png') ? await store.blobs.get(digest, 'png') : null;
  return { png, metrics };
}

/** Two classes named after the attribute that is the label; other datasets have numbers. */
function labelNames(attribute: unknown): (label: number) => string {
  if (typeof attribute !== 'string') return (label) => `class ${label}`;
  return (label) => (label === 1 ? attribute : `not ${attribute}`);
}
