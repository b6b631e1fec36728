/** Several comparisons at once. */

/**
 * Holm's adjusted p-values (Holm 1979), in the order given: rejecting where one is at most .05 makes any false rejection at all at most
 * 5 % likely, whatever the dependence. The k-th smallest of m is multiplied by m - k + 1, and no adjusted value is below a smaller one's.
 */
export function holm(ps: readonly number[]): number[] {
  const adjusted = new Array<number>(ps.length);
  let least = 0;
  const order = ps.map((_, i) => i).sort((a, b) => (ps[a] as number) - (ps[b] as number));
  for (const [k, i] of order.entries()) {
    least = Math.max(least, Math.min(1, (ps.length - k) * (ps[i] as number)));
    adjusted[i] = least;
  }
  return adjusted;
}
