/** Calibration: whether p-values are uniform where H0 is true, by the test of Kolmogorov and Smirnov. */
import type { Random } from '@leakscope/shared/random';
import type { Retrieval } from '../record.ts';

export interface Uniformity {
  /** D: largest distance between the values' distribution function and the diagonal. */
  readonly distance: number;
  /** Of a distance as large, were the values uniform on [0, 1]. */
  readonly p: number;
}

/**
 * Tests values in [0, 1], at least one. p by Kolmogorov's limit with Stephens' correction (1970) for few values: from
 * 5 values on right within .025, and within .004 where it is below .2.
 */
export function uniformity(values: readonly number[]): Uniformity {
  const n = values.length;
  const sorted = values.toSorted((a, b) => a - b);
  const distance = sorted.reduce((most, value, i) => Math.max(most, (i + 1) / n - value, value - i / n), 0);
  const root = Math.sqrt(n);
  return { distance, p: kolmogorovTail((root + 0.12 + 0.11 / root) * distance) };
}

/**
 * Retrieval p-values made continuous: under H0 a rank among 1 + N is one of 1 + N equal steps, and each is moved down to a uniform place
 * within its own. What is uniform on the steps is then uniform on [0, 1], whatever each victim's N.
 */
export function continuousP(retrievals: readonly Retrieval[], random: Random): number[] {
  return retrievals.map(({ p, decoys }) => p - random.uniform() / (1 + decoys));
}

/** 2 Σ (-1)^(k-1) e^(-2 k² x²), or for small x the same sum as it converges there. */
function kolmogorovTail(x: number): number {
  if (x < 0.2) return 1;
  if (x < 1) {
    let sum = 0;
    for (let k = 1; k <= 9; k += 2) sum += Math.exp((-(k * k) * Math.PI ** 2) / (8 * x * x));
    return 1 - (Math.sqrt(2 * Math.PI) / x) * sum;
  }
  let sum = 0;
  for (let k = 1; k <= 6; k++) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k * k * x * x);
  return sum;
}
