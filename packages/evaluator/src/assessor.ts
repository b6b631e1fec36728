/** Measures reconstructions against the truth: metrics, floor and ceiling, all but the ranks. */
import type { ExecutorChoice } from '@leakscope/engine';
import type { LoadedGenerator } from '@leakscope/models';
import { type Assessment, type ReconstructedBatch, type TrueImage, type VictimModel, weighed } from './assessment.ts';
import { assign } from './assignment.ts';
import { floorsOf, pictureOf, type Victim } from './baselines/floor.ts';
import { openGeneratorSession } from './baselines/generator-session.ts';
import { createLabelFloors, type LabelFloors } from './baselines/label-floors.ts';
import type { PublicFaces } from './baselines/public-faces.ts';
import { type BaselineParams, openBaselines } from './baselines/registry.ts';
import { compareFaces, type Rendered, type TrueFace } from './metrics/compare.ts';
import type { ImageSize } from './metrics/metric.ts';
import { mse } from './metrics/mse.ts';
import { type ConfiguredMetric, type ImageMetrics, STANDARD_METRICS } from './metrics/registry.ts';
import { openVictimFeatures, type VictimFeatures } from './metrics/victim-features.ts';

/** Latents a call of the generator. Always as many: the last bits of a result depend on that. */
const POPULATION = 4;

interface AssessorOptions {
  /** Pixels a side. */
  readonly resolution: number;
  /** Of the mean face and the attribute judge. Where no public faces are known, neither is there. */
  readonly faces?: PublicFaces | undefined;
  /** Of the prior and GAN inversion. Without one there is no ceiling. */
  readonly generator?: LoadedGenerator | undefined;
  /** Of each baseline by name; defaults for those not named. */
  readonly baselines?: BaselineParams;
  /** Whether the ceiling is measured too, which takes far longer than the rest. Default true. */
  readonly ceiling?: boolean;
  /** Default those of every run. */
  readonly metrics?: readonly ConfiguredMetric[];
  readonly seed: number;
  readonly executor?: ExecutorChoice;
  readonly threads?: number;
}

export interface Assessor {
  /**
   * One assessment for each true image of a batch. The images of a batch come back in any order: each true one is held against
   * the one that the assignment of least total squared error gives it. `batch` is null where the attack failed.
   */
  assess(
    truths: readonly TrueImage[],
    batch: ReconstructedBatch | null,
    victim: VictimModel,
    signal?: AbortSignal,
  ): Promise<Assessment[]>;
  release(): Promise<void>;
}

/** Opens what floors and ceiling need. Throws what the engine throws where no executor can run the generator. */
export async function openAssessor(options: AssessorOptions): Promise<Assessor> {
  const { faces, generator, metrics = STANDARD_METRICS, seed } = options;
  const engine = {
    ...(options.executor !== undefined && { executor: options.executor }),
    ...(options.threads !== undefined && { threads: options.threads }),
  };
  const size: ImageSize = { channels: 3, height: options.resolution, width: options.resolution };
  const compare = (candidate: Rendered, truth: TrueFace) =>
    compareFaces(candidate, truth, { size, judge: faces?.judge, metrics });
  const session = generator && (await openGeneratorSession({ ...generator, ...engine }, POPULATION));
  const sources = { ...(faces && { faces }), ...(session && { generator: session }) };
  const { floors: openFloors, ceiling: openCeiling } = await openBaselines(sources, options.baselines ?? {}, seed);
  let open: { digest: string; features: VictimFeatures; floorOf: LabelFloors } | undefined;

  /** Features and floors under these weights. Only the last ones are kept, since weights go by in order. */
  async function under({ model, weights, weightsDigest }: VictimModel) {
    if (open?.digest === weightsDigest) return open;
    await open?.features.release();
    const features = await openVictimFeatures(model, weights, engine);
    open = {
      digest: weightsDigest,
      features,
      floorOf: createLabelFloors({ floors: openFloors, faces, features, metrics, compare }),
    };
    return open;
  }

  return {
    async assess(truths, batch, victim, signal) {
      const { features, floorOf } = await under(victim);
      const rendered = async (image: Float32Array): Promise<Rendered> => ({
        image,
        features: await features.of(image),
      });
      const victims: Victim[] = [];
      for (const { label, ...face } of truths)
        victims.push({ face: { ...face, ...(await rendered(face.image)) }, floor: await floorOf(label) });
      const floors = floorsOf(victims, compare);
      const assigned = assign(truths.map(({ image }) => (batch?.images ?? []).map((one) => mse(one, image))));
      const assessments: Assessment[] = [];
      for (const [i, { face, floor }] of victims.entries()) {
        const own = batch === null ? null : imageOf(batch, assigned[i]);
        const best = options.ceiling === false ? undefined : await openCeiling?.(face.image, signal);
        assessments.push(
          weighed({
            reconstruction: own && { ...own, metrics: compare(await rendered(own.image), face) },
            floor: floor && { image: pictureOf(floor), metrics: floors[i] as ImageMetrics, source: floor.source },
            ceiling: best === undefined ? null : { image: best, metrics: compare(await rendered(best), face) },
          }),
        );
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

/** The image and label at a place in the batch; null where the batch has none there. */
function imageOf({ images, labels }: ReconstructedBatch, place: number | null | undefined) {
  const image = images[place ?? -1];
  return image === undefined ? null : { image, label: labels[place ?? -1] as number };
}
