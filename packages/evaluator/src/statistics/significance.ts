/** What may be concluded from a few victims: rank-based p-values, Fisher's combination, bootstrap intervals. */
import { normalQuantile } from '@leakscope/shared/elementary';
import { normalCdf } from '@leakscope/shared/normal';
import type { Random } from '@leakscope/shared/random';

/** Below this many distinct victims no interval is given. */
const LEAST_VICTIMS_FOR_INTERVAL = 8;

/**
 * p = (1 + #{decoys at least as close}) / (1 + N). Under H0 the victim is exchangeable with its decoys, so that
 * P(p <= x) <= x for every x, and p is uniform on {1/(1+N), ..., 1} without ties.
 */
export function retrievalP(distance: number, decoys: readonly number[]): number {
  return (1 + decoys.filter((decoy) => decoy <= distance).length) / (1 + decoys.length);
}

/**
 * Fisher's combination of independent p-values: -2 sum ln p is chi-squared with 2k degrees of freedom, whose tail has a
 * closed form for even degrees: e^-h sum_{i<k} h^i / i!, h = -sum ln p. 1 for no p-value at all.
 */
export function fisherP(ps: readonly number[]): number {
  const h = -ps.reduce((sum, p) => sum + Math.log(p), 0);
  // Terms in logarithms, largest taken out: h^i overflows for many victims.
  let logTerm = 0;
  const logs = ps.map((_, i) => {
    if (i > 0) logTerm += Math.log(h) - Math.log(i);
    return logTerm;
  });
  if (logs.length === 0 || h === 0) return 1;
  const greatest = Math.max(...logs);
  const sum = logs.reduce((total, log) => total + Math.exp(log - greatest), 0);
  return Math.min(1, Math.exp(greatest - h) * sum);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Middle value; of the two middle ones their mean. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] as number) + (sorted[Math.floor(middle)] as number)) / 2;
}

const RESAMPLES = 2000;

/**
 * 95 % bootstrap interval of the mean, over distinct victims; undefined below LEAST_VICTIMS_FOR_INTERVAL. Plain percentiles cover the mean in
 * 87 % of all samples of 8 and 89 % of 12: they are moved outwards, as far as Student's interval is wider (Hesterberg 2015).
 */
export function bootstrapInterval(values: readonly number[], random: Random): [low: number, high: number] | undefined {
  if (values.length < LEAST_VICTIMS_FOR_INTERVAL) return undefined;
  const means = Array.from({ length: RESAMPLES }, () => {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[random.int(values.length)] as number;
    return sum / values.length;
  }).sort((a, b) => a - b);
  const outside = Math.floor(tailOutside(values.length) * RESAMPLES);
  return [means[outside] as number, means[RESAMPLES - 1 - outside] as number];
}

/** Share of the resamples on each side of the interval of n values: Φ(-t √(n / (n - 1))), t the .975 quantile of Student with n - 1 degrees. */
function tailOutside(n: number): number {
  const z = normalQuantile(0.975);
  const degrees = n - 1;
  // Abramowitz and Stegun 26.7.5, within .001 from 7 degrees on.
  const t =
    z +
    (z ** 3 + z) / (4 * degrees) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * degrees ** 3);
  return normalCdf(-t * Math.sqrt(n / degrees));
}
