import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exponential, logarithm, normalQuantile } from './elementary.ts';

test('logarithm agrees with Math.log over the range of doubles', () => {
  fc.assert(
    fc.property(fc.double({ min: 2.3e-308, max: 1.7e308, noNaN: true }), (x) => {
      expect(Math.abs(logarithm(x) - Math.log(x))).toBeLessThanOrEqual(1e-15 * Math.max(1, Math.abs(Math.log(x))));
    }),
  );
});

test('exponential agrees with Math.exp over the range of normal doubles', () => {
  for (const x of [0, 1, -708, 709]) expect(Math.abs(exponential(x) / Math.exp(x) - 1)).toBeLessThanOrEqual(4e-16);
  fc.assert(
    fc.property(fc.double({ min: -708, max: 709, noNaN: true }), (x) => {
      expect(Math.abs(exponential(x) / Math.exp(x) - 1)).toBeLessThanOrEqual(1e-15);
    }),
  );
});

// Values to 16 digits from Python's statistics.NormalDist().inv_cdf and from tables.
test.each([
  [0.5, 0],
  [0.3, -0.5244005127080407],
  [0.975, 1.9599639845400536],
  [0.05, -1.6448536269514726],
  [1e-10, -6.361340902404056],
  [1e-20, -9.262340089798405],
])('the normal quantile of %d is %d', (p, z) => {
  expect(Math.abs(normalQuantile(p) - z)).toBeLessThanOrEqual(4e-16 * Math.max(1, Math.abs(z)));
});

test('the normal quantile is odd about one half and never falls', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 20 - 2 }), (k) => {
      const p = k / 2 ** 20;
      expect(normalQuantile(1 - p)).toBeCloseTo(-normalQuantile(p), 14);
      expect(normalQuantile(p + 2 ** -20)).toBeGreaterThan(normalQuantile(p));
    }),
  );
});
