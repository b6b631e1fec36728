/** What may be concluded from a few victims: rank-based p-values, Fisher's combination, bootstrap intervals. */
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

/** 95 % percentile bootstrap interval of the mean, over distinct victims; undefined below LEAST_VICTIMS_FOR_INTERVAL. */
export function bootstrapInterval(values: readonly number[], random: Random): [low: number, high: number] | undefined {
  if (values.length < LEAST_VICTIMS_FOR_INTERVAL) return undefined;
  const means = Array.from({ length: RESAMPLES }, () => {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[random.int(values.length)] as number;
    return sum / values.length;
  }).sort((a, b) => a - b);
  return [means[Math.floor(0.025 * RESAMPLES)] as number, means[Math.ceil(0.975 * RESAMPLES) - 1] as number];
}
