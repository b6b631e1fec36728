/** Nearest neighbours in pixels: how far images lie from a set of faces, and from each other. */
import { LeakscopeError } from '@leakscope/shared/errors';
import type { Faces } from './faces.ts';

const CHUNK = 512;

/**
 * Mean squared error, on [-1, 1], from each image to its nearest among `faces` and their mirror images (training saw both).
 * Exact: a candidate is given up only once its partial sum exceeds the best.
 */
export function nearestDistances(images: readonly Float32Array[], faces: Faces): number[] {
  if (faces.count === 0) throw new LeakscopeError('TRAIN_TOO_FEW_IMAGES', { count: 0, batch: 1 });
  const queries = images.flatMap((image) => [image, mirrored(image, faces.side)]);
  const least = new Float64Array(queries.length).fill(Number.POSITIVE_INFINITY);
  const size = 3 * faces.side ** 2;
  for (let from = 0; from < faces.count; from += CHUNK) {
    const count = Math.min(CHUNK, faces.count - from);
    const chunk = faces.batch(Array.from({ length: count }, (_, i) => from + i));
    for (const [q, query] of queries.entries()) {
      let bound = least[q] as number;
      for (let k = 0; k < count; k++) bound = Math.min(bound, squaredDistance(query, chunk, k * size, bound));
      least[q] = bound;
    }
  }
  return images.map((_, i) => Math.min(least[2 * i] as number, least[2 * i + 1] as number) / size);
}

/** Sum of squared differences to `chunk[from ..]`, or something above `bound` once it exceeds that. */
function squaredDistance(query: Float32Array, chunk: Float32Array, from: number, bound: number): number {
  let sum = 0;
  for (let start = 0; start < query.length && sum <= bound; start += 256) {
    const end = Math.min(query.length, start + 256);
    for (let i = start; i < end; i++) {
      const difference = (query[i] as number) - (chunk[from + i] as number);
      sum += difference * difference;
    }
  }
  return sum;
}

function mirrored(image: Float32Array, side: number): Float32Array {
  return image.map((_, i) => image[i - 2 * (i % side) + side - 1] as number);
}

/** Mean squared error between two different images of a set, averaged over all pairs: twice the variance about the mean image. */
export function pairwiseDistance(images: readonly Float32Array[]): number {
  const size = images[0]?.length ?? 0;
  let total = 0;
  for (let i = 0; i < size; i++) {
    let sum = 0;
    let square = 0;
    for (const image of images) {
      const value = image[i] as number;
      sum += value;
      square += value * value;
    }
    total += 2 * (square - (sum * sum) / images.length);
  }
  return total / size / (images.length - 1);
}

/** The `q` quantile of `values`, 0 to 1, by the nearest rank. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] as number;
}
