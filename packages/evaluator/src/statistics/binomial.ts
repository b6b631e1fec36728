/** The binomial distribution, and what a count of successes says of their rate: Clopper-Pearson and Wilson. */
import { normalQuantile } from '@leakscope/shared/elementary';

/** P[X = x] for x = 0..n of X ~ Binomial(n, p), p in [0, 1]. */
export function binomialProbabilities(n: number, p: number): Float64Array {
  const probabilities = new Float64Array(n + 1);
  let logChoose = 0;
  for (let x = 0; x <= n; x++) {
    if (x > 0) logChoose += Math.log((n - x + 1) / x);
    // A power of zero is 1: 0 · ln 0 must not become NaN.
    const log = logChoose + (x && x * Math.log(p)) + (n - x && (n - x) * Math.log1p(-p));
    probabilities[x] = Math.exp(log);
  }
  return probabilities;
}

/** P[X >= x] of X ~ Binomial(n, p). */
export function binomialTail(n: number, p: number, x: number): number {
  return Math.min(
    1,
    binomialProbabilities(n, p)
      .subarray(x)
      .reduce((sum, probability) => sum + probability, 0),
  );
}

/**
 * One-sided lower bound of a rate after `successes` of n (Clopper and Pearson 1934): the smallest p under which as many successes have
 * a probability above 1 - confidence. In at most 1 - confidence of all samples does it lie above the true rate; also where the
 * trials differ and the bound is on their largest rate. 0 for no success.
 */
export function rateLowerBound(successes: number, n: number, confidence = 0.95): number {
  if (successes === 0) return 0;
  let [low, high] = [0, 1];
  for (let halving = 0; halving < 50; halving++) {
    const middle = (low + high) / 2;
    if (binomialTail(n, middle, successes) > 1 - confidence) high = middle;
    else low = middle;
  }
  return low;
}

/** 95 % interval of a rate (Wilson 1927): no wider than it must be, and inside [0, 1]. For n >= 1. */
export function wilsonInterval(successes: number, n: number): [low: number, high: number] {
  const z = normalQuantile(0.975);
  const rate = successes / n;
  const centre = (rate + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((rate * (1 - rate)) / n + (z * z) / (4 * n * n));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}
