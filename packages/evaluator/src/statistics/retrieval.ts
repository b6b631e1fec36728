/** Which faces the victim is ranked among, and how: the test whether a reconstruction carries anything of its victim. */
import type { Dataset, Stratum } from '@leakscope/data';
import { mse } from '../metrics/mse.ts';
import type { Retrieval } from '../record.ts';
import { retrievalP } from './significance.ts';

/** Side at which faces are compared, fixed beforehand; smaller ones are compared as they are. */
const SIDE = 32;

interface SamplingRule {
  readonly label: number;
  /** Of the client's shard, where its rule has one. */
  readonly stratum?: Stratum | undefined;
}

/**
 * Indices of all faces that the victim's own sampling rule could have drawn in its place: same label, same stratum, from
 * the partitions that the generator never saw, audited victims excepted.
 */
export function decoysOf(dataset: Dataset, { label, stratum }: SamplingRule, audited: ReadonlySet<number>): number[] {
  return [...dataset.partition('clients'), ...dataset.partition('evaluation')].filter(
    (index) =>
      !audited.has(index) &&
      dataset.label(index) === label &&
      (stratum === undefined || dataset.attributes(index)[stratum.attribute] === stratum.value),
  );
}

/**
 * Ranks the true image among decoys by its mean distance to all reconstructed batches that it was part of. A face's distance
 * to a batch is that to the nearest of its images, for the victim as for every decoy, so that nobody is favoured.
 */
export function retrieve(
  truth: Float32Array,
  decoys: readonly Float32Array[],
  batches: readonly (readonly Float32Array[])[],
): Retrieval {
  if (batches.length === 0) return { rank: null, decoys: decoys.length, p: 1 };
  const small = batches.map((images) => images.map(thumbnail));
  const distance = (face: Float32Array): number => {
    const image = thumbnail(face);
    return small.reduce((sum, images) => sum + Math.min(...images.map((one) => mse(one, image))), 0) / small.length;
  };
  const own = distance(truth);
  const others = decoys.map(distance);
  return {
    rank: 1 + others.filter((other) => other <= own).length,
    decoys: decoys.length,
    p: retrievalP(own, others),
  };
}

/** Averaged down to 32 pixels a side where the size is a multiple of that. */
function thumbnail(image: Float32Array): Float32Array {
  const side = Math.sqrt(image.length / 3);
  if (side <= SIDE || side % SIDE !== 0) return image;
  const step = side / SIDE;
  const small = new Float32Array(3 * SIDE * SIDE);
  for (let i = 0; i < image.length; i++) {
    const row = Math.trunc(i / side);
    const cell = Math.trunc(row / step) * SIDE + Math.trunc((i % side) / step);
    small[cell] = (small[cell] as number) + (image[i] as number) / (step * step);
  }
  return small;
}
