/** What is assessed, and what comes out of it: one true image, what was found of it, and what that is worth. */
import type { Classifier } from '@leakscope/models';
import type { NamedTensors } from '@leakscope/shared/tensors';
import type { FloorName } from './baselines/registry.ts';
import type { ImageMetrics } from './metrics/registry.ts';

/** The model that was attacked, and the weights that its client started from. */
export interface VictimModel {
  readonly model: Classifier;
  readonly weights: NamedTensors;
  readonly weightsDigest: string;
}

export interface TrueImage {
  /** Planes in [-1, 1]. */
  readonly image: Float32Array;
  /** Its class. A floor that depends on the class takes that of the label. */
  readonly label: number;
  /** Absent where nobody noted them. */
  readonly attributes?: Readonly<Record<string, boolean>>;
}

/** What an attack found behind one update: an image and a label for each example, in any order. */
export interface ReconstructedBatch {
  readonly images: readonly Float32Array[];
  readonly labels: readonly number[];
}

/** One true image, and what it is to the attacker. Images are planes in [-1, 1], for pictures. */
export interface Assessment {
  /** Null where the attack failed, or shows fewer images than the batch has. */
  readonly reconstruction: {
    readonly image: Float32Array;
    readonly label: number;
    readonly metrics: ImageMetrics;
  } | null;
  /** What can be shown without the update, and by metric where that is from. Null where there are neither public faces nor a generator. */
  readonly floor: {
    readonly image: Float32Array;
    readonly metrics: ImageMetrics;
    readonly source: Readonly<Record<string, FloorName>>;
  } | null;
  /** What the generator can do for the true image. Null without a generator, or where no ceiling is asked for. */
  readonly ceiling: { readonly image: Float32Array; readonly metrics: ImageMetrics } | null;
  /** 1 - mse / floor mse, or 0 without a reconstruction; null without a floor. */
  readonly leakAbovePrior: number | null;
  /** (floor mse - mse) / (floor mse - ceiling mse), or 0 without a reconstruction; null without a ceiling below the floor. */
  readonly shareOfCeiling: number | null;
}

/** With the two numbers that say what the reconstruction is worth. No reconstruction is worth as much as the floor. */
export function weighed(images: Pick<Assessment, 'reconstruction' | 'floor' | 'ceiling'>): Assessment {
  const floor = images.floor?.metrics.mse11;
  if (floor === undefined) return { ...images, leakAbovePrior: null, shareOfCeiling: null };
  const reached = images.reconstruction?.metrics.mse11 ?? floor;
  const ceiling = images.ceiling?.metrics.mse11 ?? floor;
  return {
    ...images,
    leakAbovePrior: images.reconstruction ? 1 - reached / floor : 0,
    shareOfCeiling: ceiling < floor ? (floor - reached) / (floor - ceiling) : null,
  };
}
