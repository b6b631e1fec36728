/** Points that cover the unit cube evenly along each coordinate. */
import type { Random } from '@leakscope/shared/random';

/** `count` points, one in each of `count` equal slices of every coordinate. */
export function latinHypercube(count: number, dimension: number, random: Random): Float64Array[] {
  const points = Array.from({ length: count }, () => new Float64Array(dimension));
  const slices = Array.from(points.keys());
  for (let k = 0; k < dimension; k++) {
    for (const [i, slice] of random.shuffle(slices).entries()) {
      (points[i] as Float64Array)[k] = (slice + random.uniform()) / count;
    }
  }
  return points;
}
