/** The l1 ball: points whose entries are a stated sum of absolute differences away from a centre, at most. */

/**
 * Puts points back into the balls of `radius` around `centres`, rows of `size` entries each, in place: each goes to the nearest point of its ball
 * (Duchi et al., ICML 2008), which leaves most entries where the centre has them.
 */
export function l1Balls(centres: Float32Array, size: number, radius: number): (points: Float32Array) => void {
  return (points) => {
    for (let from = 0; from < points.length; from += size) {
      projectOnto(points.subarray(from, from + size), centres.subarray(from, from + size), radius);
    }
  };
}

function projectOnto(point: Float32Array, centre: Float32Array, radius: number): void {
  const off = Float64Array.from(point, (value, i) => value - (centre[i] as number));
  const sizes = off.map(Math.abs);
  if (sizes.reduce((sum, x) => sum + x, 0) <= radius) return;
  const threshold = thresholdOf(sizes.sort(), radius);
  for (const [i, own] of off.entries()) {
    point[i] = (centre[i] as number) + Math.sign(own) * Math.max(0, Math.abs(own) - threshold);
  }
}

/** By how much all entries must shrink for those that are left to sum to `radius`; `ascending` sums to more. */
function thresholdOf(ascending: Float64Array, radius: number): number {
  let sum = 0;
  let threshold = 0;
  for (let count = 1; count <= ascending.length; count++) {
    const entry = ascending[ascending.length - count] as number;
    sum += entry;
    const own = (sum - radius) / count;
    if (entry <= own) break;
    threshold = own;
  }
  return threshold;
}
