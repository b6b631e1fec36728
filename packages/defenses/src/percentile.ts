/** Linear-interpolated percentiles, as numpy.percentile's default. */

/** The value below which `fraction` of `values` lie, interpolated between order statistics at index fraction·(n-1); n at least 1. */
export function percentile(values: Float32Array | Float64Array, fraction: number): number {
  // A typed array's own sort compares numbers and runs natively: about 0.1 s a million values.
  const sorted = values.slice().sort();
  const index = fraction * (sorted.length - 1);
  const low = Math.floor(index);
  const below = sorted[low] ?? Number.NaN;
  const above = sorted[Math.min(low + 1, sorted.length - 1)] ?? Number.NaN;
  return below + (above - below) * (index - low);
}

/** How many of `n` distinct values lie below their `fraction` percentile. */
export function countBelow(n: number, fraction: number): number {
  return Math.ceil(fraction * (n - 1));
}
