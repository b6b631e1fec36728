/** The leak record of one true image, all but its ranks. */
import type { Experiment } from '@leakscope/shared/config';
import { formatPlugins, type Plugin } from '@leakscope/shared/plugin';
import type { FinishedJob, Store, Truth } from '@leakscope/store';
import type { Assessment } from '../assessment.ts';
import { encodePng } from '../png.ts';
import type { LeakRecord } from '../record.ts';
import { detailsOf } from './committed.ts';
import { estimationError } from './estimation-error.ts';

interface LeakRecordParts {
  readonly experiment: Experiment;
  /** Takes the pictures. */
  readonly store: Store;
  readonly resolution: number;
  readonly finished: FinishedJob;
  readonly truth: Truth;
  /** Place in the batch. */
  readonly image: number;
  readonly assessment: Assessment;
}

/** Ranks wait until all victims are known: till then the record has none, and a p of 1. */
const UNRANKED = { rank: null, decoys: 0, p: 1 };

export async function leakRecord(parts: LeakRecordParts): Promise<LeakRecord> {
  const { experiment, store, resolution, finished, truth, image, assessment } = parts;
  const { job, error } = finished;
  const { reconstruction, floor, ceiling, leakAbovePrior, shareOfCeiling } = assessment;
  if (floor === null || leakAbovePrior === null) throw new TypeError('a run has public faces, and so a floor');
  const example = truth.examples[image] as Truth['examples'][number];
  const client = experiment.clients.find(({ id }) => id === job.clientId);
  const committed = store.reconstructions.get(job.key);
  const defense = formatPlugins((client?.defense ?? []) as readonly Plugin[]);
  const control = client?.swapWith !== undefined;
  const picture = async (planes: Float32Array) => store.blobs.put(await encodePng(planes, resolution), 'png');
  return {
    round: job.round,
    stage: job.stage,
    client: job.clientId,
    attack: job.attack,
    attackIndex: job.attackIndex,
    defense,
    control,
    update: job.updateDigest,
    reconstruction: reconstruction && (committed?.digest ?? null),
    victim: example.id,
    victimIndex: example.index,
    image,
    label: example.label,
    inferredLabel: reconstruction?.label ?? null,
    labelCorrect: reconstruction && reconstruction.label === example.label,
    metrics: reconstruction?.metrics ?? null,
    floor: floor.metrics,
    floorSource: floor.source,
    ceiling: ceiling?.metrics ?? null,
    leakAbovePrior,
    shareOfCeiling,
    retrieval: UNRANKED,
    victimRetrieval: { ...UNRANKED, reconstructions: 0 },
    failed: error,
    pictures: {
      original: await picture(example.image),
      reconstruction: reconstruction && (await picture(reconstruction.image)),
      floor: await picture(floor.image),
      ceiling: ceiling && (await picture(ceiling.image)),
    },
    details: committed ? detailsOf(committed.details) : null,
    estimationError: control ? null : estimationError(committed?.details.estimates.defense, defense),
    times: { evaluated: new Date().toISOString(), committed: committed?.committedAt ?? null },
  };
}
