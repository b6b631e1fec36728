import fc from 'fast-check';
import { expect, it } from 'vitest';
import { gaussianDelta, gaussianEpsilon } from './gaussian.ts';

it('delta at epsilon 0 is the total variation, 2 Φ(mu / 2) - 1', () => {
  expect(gaussianDelta(2, 0)).toBeCloseTo(2 * 0.841344746068543 - 1, 13);
  expect(gaussianDelta(0, 0)).toBe(0);
  expect(gaussianDelta(Number.POSITIVE_INFINITY, 5)).toBe(1);
});

it('is the integral of max(0, p - e^eps q)', () => {
  for (const [mu, epsilon] of [
    [1, 1],
    [0.3, 0.05],
    [4, 6],
  ] as const) {
    let sum = 0;
    const step = 1e-4;
    const density = (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
    for (let x = -12; x < 16; x += step) sum += step * Math.max(0, density(x - mu) - Math.exp(epsilon) * density(x));
    expect(gaussianDelta(mu, epsilon)).toBeCloseTo(sum, 7);
  }
});

it('epsilon and delta undo each other, where e^epsilon overflows too', () => {
  const mu = fc.double({ min: 0.01, max: 60, noNaN: true });
  const exponent = fc.double({ min: -12, max: -1, noNaN: true });
  fc.assert(
    fc.property(mu, exponent, (m, e) => {
      const epsilon = gaussianEpsilon(m, 10 ** e);
      if (epsilon === 0) expect(gaussianDelta(m, 0)).toBeLessThanOrEqual(10 ** e);
      else expect(gaussianDelta(m, epsilon) / 10 ** e).toBeCloseTo(1, 4);
    }),
  );
  expect(gaussianEpsilon(60, 1e-5)).toBeGreaterThan(1800);
});
