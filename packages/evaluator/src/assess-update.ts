/** One update caught anywhere: measured as in a run, as far as that goes without public faces, decoys and the time for a ceiling. */
import type { LoadedGenerator } from '@leakscope/models';
import type { ReconstructedBatch, TrueImage, VictimModel } from './assessment.ts';
import { openAssessor } from './assessor.ts';
import type { FloorName } from './baselines/registry.ts';
import type { ConfiguredMetric, ImageMetrics } from './metrics/registry.ts';

interface AssessUpdateOptions {
  /** In the order of the batch. */
  readonly truths: readonly TrueImage[];
  readonly batch: ReconstructedBatch;
  readonly victim: Pick<VictimModel, 'model' | 'weights'>;
  /** Of the floor; without one there is none. */
  readonly generator?: LoadedGenerator | undefined;
  /** Default those of every run. */
  readonly metrics?: readonly ConfiguredMetric[];
  readonly signal?: AbortSignal;
}

/** Of one true image, under the names of the leak records. */
export interface MeasuredImage {
  /** Null where the attack shows fewer images than there are. */
  readonly metrics: ImageMetrics | null;
  readonly floor: ImageMetrics | null;
  readonly floorSource: Readonly<Record<string, FloorName>> | null;
  readonly leakAbovePrior: number | null;
}

/** The floor comes from the same seed each time. Throws what the engine throws, and the signal's reason. */
export async function assessUpdate(options: AssessUpdateOptions): Promise<MeasuredImage[]> {
  const { truths, batch, victim, generator, metrics, signal } = options;
  const [, resolution] = victim.model.inputShape;
  const assessor = await openAssessor({
    ...{ resolution, generator, ceiling: false, seed: 1 },
    ...(metrics && { metrics }),
  });
  try {
    const assessments = await assessor.assess(truths, batch, { ...victim, weightsDigest: 'given' }, signal);
    return assessments.map(({ reconstruction, floor, leakAbovePrior }) => ({
      metrics: reconstruction?.metrics ?? null,
      floor: floor?.metrics ?? null,
      floorSource: floor?.source ?? null,
      leakAbovePrior,
    }));
  } finally {
    await assessor.release();
  }
}
