/** Measures one committed reconstruction against the truth: metrics, floor and ceiling, all but the ranks. */
import type { Dataset } from '@leakscope/data';
import type { ExecutorChoice } from '@leakscope/engine';
import type { Classifier, LoadedGenerator } from '@leakscope/models';
import { digestBytes, littleEndianBytes, type NamedTensors } from '@leakscope/shared/tensors';
import { createFloor, type Floor, nearest } from './baselines/floor.ts';
import { openGeneratorSession } from './baselines/generator-session.ts';
import { invertWith, START_POOL } from './baselines/inversion.ts';
import { type PublicFaces, samplePublicFaces } from './baselines/public-faces.ts';
import { compareFaces, type Rendered, type TrueFace } from './metrics/compare.ts';
import type { ImageSize } from './metrics/pixel-errors.ts';
import { openVictimFeatures, type VictimFeatures } from './metrics/victim-features.ts';
import type { LeakRecord } from './record.ts';

/** Latents that inversion tries for each image; fixed, so that an image's ceiling does not depend on which others there are. */
const CEILING_RESTARTS = 4;
/** Draws of the prior whose features are computed, at each new set of weights. */
const PRIOR_FEATURES = 48;

export interface AssessorOptions {
  readonly dataset: Dataset;
  /** Of floor and ceiling; without one the floor is the mean face, and there is no ceiling. */
  readonly generator?: LoadedGenerator | undefined;
  readonly seed: number;
  readonly priorSamples: number;
  readonly ceilingSteps: number;
  readonly executor?: ExecutorChoice;
  readonly threads?: number;
}

/** The model that was attacked, and the weights that its client started from. */
export interface VictimModel {
  readonly model: Classifier;
  readonly weights: NamedTensors;
  readonly weightsDigest: string;
}

export interface TrueImage {
  readonly image: Float32Array;
  readonly label: number;
  readonly attributes: Readonly<Record<string, boolean>>;
}

/** What an attack shows: one image and one inferred label for each example of the batch. */
export interface ShownImages {
  readonly images: readonly Float32Array[];
  readonly labels: readonly number[];
}

export interface Assessment
  extends Pick<
    LeakRecord,
    | 'inferredLabel'
    | 'labelCorrect'
    | 'metrics'
    | 'floor'
    | 'floorSource'
    | 'ceiling'
    | 'leakAbovePrior'
    | 'shareOfCeiling'
  > {
  /** Planes in [-1, 1], for pictures. */
  readonly images: {
    readonly reconstruction: Float32Array | null;
    readonly floor: Float32Array;
    readonly ceiling: Float32Array | null;
  };
}

export interface Assessor {
  /** One assessment for each true image. `shown` is null where the attack failed, which counts as showing the floor. */
  assess(
    truths: readonly TrueImage[],
    shown: ShownImages | null,
    victim: VictimModel,
    signal?: AbortSignal,
  ): Promise<Assessment[]>;
  /** Balanced accuracy of the attribute judge, by attribute, and the attributes that count. */
  readonly judge: PublicFaces['judge'];
  release(): Promise<void>;
}

export async function openAssessor(options: AssessorOptions): Promise<Assessor> {
  const { dataset, generator, seed, priorSamples, ceilingSteps } = options;
  const engine = {
    ...(options.executor !== undefined && { executor: options.executor }),
    ...(options.threads !== undefined && { threads: options.threads }),
  };
  const size: ImageSize = { channels: 3, height: dataset.resolution, width: dataset.resolution };
  const faces = await samplePublicFaces(dataset, seed);
  const { judge } = faces;
  // Always as many latents a call as an image has restarts: the last bits of a result depend on that.
  const session = generator && (await openGeneratorSession({ ...generator, ...engine }, CEILING_RESTARTS));
  const pool = await session?.sample(Math.max(START_POOL, priorSamples), seed);
  const prior = pool?.images.slice(0, priorSamples) ?? [];
  const ceilings = new Map<string, Float32Array>();
  let open: { digest: string; features: VictimFeatures; floors: Map<number, Floor> } | undefined;

  /** Features and floors under these weights; only the last ones are kept, since weights go by in order. */
  async function under({ model, weights, weightsDigest }: VictimModel) {
    if (open?.digest === weightsDigest) return open;
    await open?.features.release();
    open = { digest: weightsDigest, features: await openVictimFeatures(model, weights, engine), floors: new Map() };
    return open;
  }

  async function floorOf(label: number, { features, floors }: NonNullable<typeof open>): Promise<Floor> {
    const known = floors.get(label);
    if (known !== undefined) return known;
    const rendered = async <T extends Rendered>(face: T): Promise<T> => ({
      ...face,
      features: await features.of(face.image),
    });
    const draws: Rendered[] = [];
    for (const [k, image] of prior.entries()) draws.push(k < PRIOR_FEATURES ? await rendered({ image }) : { image });
    const references: TrueFace[] = [];
    for (const face of faces.references(label)) references.push(await rendered(face));
    const meanFace = await rendered({ image: faces.meanFace(label) });
    const floor = createFloor({ prior: draws, meanFace, references, size, judge });
    floors.set(label, floor);
    return floor;
  }

  async function ceilingOf(image: Float32Array, signal: AbortSignal | undefined): Promise<Float32Array | null> {
    if (session === undefined || pool === undefined) return null;
    const key = digestBytes(littleEndianBytes(image));
    const known = ceilings.get(key);
    if (known !== undefined) return known;
    const settings = { steps: ceilingSteps, restarts: CEILING_RESTARTS, signal };
    const inversion = await invertWith(session, [image], pool, settings);
    const best = inversion.images[0] as Float32Array;
    ceilings.set(key, best);
    return best;
  }

  return {
    judge,
    async assess(truths, shown, victim, signal) {
      const space = await under(victim);
      const assessments: Assessment[] = [];
      for (const { image, label, attributes } of truths) {
        const truth: TrueFace = { image, attributes, features: await space.features.of(image) };
        const compared = async (candidate: Float32Array) =>
          compareFaces({ image: candidate, features: await space.features.of(candidate) }, truth, size, judge);
        const floorHere = await floorOf(label, space);
        const floor = floorHere.of(truth, truths.length);
        const ceilingImage = await ceilingOf(image, signal);
        const ceiling = ceilingImage === null ? null : await compared(ceilingImage);
        // A batch comes back in any order: each true image is held against the nearest of what is shown.
        const own =
          shown === null
            ? null
            : nearest(
                shown.images.map((one, k) => ({ image: one, label: shown.labels[k] })),
                image,
              );
        const metrics = own === null ? null : await compared(own.image);
        assessments.push({
          inferredLabel: own?.label ?? null,
          labelCorrect: own?.label === undefined ? null : own.label === label,
          metrics,
          floor,
          floorSource: floorHere.source,
          ceiling,
          leakAbovePrior: metrics === null ? 0 : 1 - metrics.mse11 / floor.mse11,
          shareOfCeiling: shareOfCeiling(metrics?.mse11 ?? floor.mse11, floor.mse11, ceiling?.mse11),
          images: { reconstruction: own?.image ?? null, floor: floorHere.picture, ceiling: ceilingImage },
        });
      }
      return assessments;
    },
    async release() {
      await open?.features.release();
      open = undefined;
      await session?.release();
    },
  };
}

/** How much of the way from the floor down to the ceiling was gone; null where the ceiling does not lie below the floor. */
function shareOfCeiling(mse: number, floor: number, ceiling: number | undefined): number | null {
  return ceiling === undefined || ceiling >= floor ? null : (floor - mse) / (floor - ceiling);
}
