import { expect, it } from 'vitest';
import { normalQuantile } from './elementary.ts';
import { millsRatio, normalCdf } from './normal.ts';

const relative = (actual: number, expected: number): number => Math.abs(actual / expected - 1);

it('distribution function: values of the literature, tails included', () => {
  // Abramowitz and Stegun, table 26.1 and 26.2.
  expect(normalCdf(0)).toBe(0.5);
  expect(relative(normalCdf(1), 0.841344746068543)).toBeLessThan(1e-14);
  expect(relative(normalCdf(-2), 0.0227501319481792)).toBeLessThan(1e-13);
  expect(relative(normalCdf(-3), 0.00134989803163009)).toBeLessThan(1e-12);
  expect(relative(normalCdf(-5), 2.86651571879194e-7)).toBeLessThan(1e-13);
  expect(relative(normalCdf(-10), 7.61985302416053e-24)).toBeLessThan(1e-12);
});

it('undoes the quantile, which is computed in another way', () => {
  for (const p of [1e-200, 1e-30, 1e-9, 0.001, 0.2, 0.5, 0.77, 0.999]) {
    expect(relative(normalCdf(normalQuantile(p)), p)).toBeLessThan(1e-11);
  }
});

it('Mills ratio: its two ways agree where they meet, and far out it is 1/x', () => {
  expect(relative(millsRatio(3 - 1e-9), millsRatio(3))).toBeLessThan(1e-9);
  expect(relative(millsRatio(1e6), 1e-6)).toBeLessThan(1e-11);
});
