/** One line of the leak log: what one attack on one update showed of one image. Plain JSON; docs/measuring.md explains each field. */

import type { BlobDigest } from '@leakscope/shared/digests';
import type { ReconstructionDetails } from '@leakscope/shared/reconstruction';
import type { JobError } from '@leakscope/store';
import type { FloorName } from './baselines/registry.ts';
import type { ImageMetrics } from './metrics/registry.ts';
import type { EstimationError } from './worker/estimation-error.ts';

/** Among itself and its decoys, by 32x32 MSE to the reconstruction. */
export interface Retrieval {
  /** 1 where no decoy is as close; null where there is no reconstruction. */
  readonly rank: number | null;
  /** N. */
  readonly decoys: number;
  /** (1 + decoys at least as close) / (1 + N); 1 where there is no reconstruction. */
  readonly p: number;
}

/** Loss, steps, estimates, parameters: what an attack committed, but for its labels, which are judged, and its long loss curve. */
export type LeakDetails = Omit<ReconstructionDetails, 'labels' | 'losses'>;

export interface LeakRecord {
  /** Over all stages, from 0. */
  readonly round: number;
  readonly stage: string;
  readonly client: string;
  /** The attack's name, and its place in the experiment. */
  readonly attack: string;
  readonly attackIndex: number;
  /** As text: `clip:bound=4+noise:sigma=0.1`. */
  readonly defense: string;
  /** Whether the attacker was handed another client's update. */
  readonly control: boolean;
  /** Digests of the intercepted update, and of the committed reconstruction. */
  readonly update: string;
  readonly reconstruction: string | null;
  /** The true image: its name, its place in the dataset and in the batch. */
  readonly victim: string;
  readonly victimIndex: number;
  readonly image: number;
  readonly label: number;
  readonly inferredLabel: number | null;
  readonly labelCorrect: boolean | null;
  /** Null where the attack failed. */
  readonly metrics: ImageMetrics | null;
  /** What needs no gradient, and by metric where that is from: the best floor for public faces of the label. */
  readonly floor: ImageMetrics;
  readonly floorSource: Readonly<Record<string, FloorName>>;
  /** What the generator can do for the true image; null without a generator. */
  readonly ceiling: ImageMetrics | null;
  /** 1 - mse / floor mse; 0 where the attack failed. */
  readonly leakAbovePrior: number;
  /** (floor mse - mse) / (floor mse - ceiling mse); 0 where the attack failed, null without a ceiling below the floor. */
  readonly shareOfCeiling: number | null;
  /** Of this reconstruction alone. */
  readonly retrieval: Retrieval;
  /** Of the mean distance over all reconstructions of this victim from this client, stage and attack: the p that counts. */
  readonly victimRetrieval: Retrieval & { readonly reconstructions: number };
  readonly failed: JobError | null;
  /** Digests of PNG blobs. */
  readonly pictures: {
    readonly original: BlobDigest;
    readonly reconstruction: BlobDigest | null;
    readonly floor: BlobDigest;
    readonly ceiling: BlobDigest | null;
  };
  /** What the attack said of itself; null where it failed. */
  readonly details: LeakDetails | null;
  /** How wrong it was about the defence; null where it did not estimate, and on a control. */
  readonly estimationError: EstimationError | null;
  readonly times: { readonly evaluated: string; readonly committed: string | null };
}
