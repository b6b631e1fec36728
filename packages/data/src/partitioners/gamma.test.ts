import { seeded } from '@leakscope/shared/random';
import { expect, it } from 'vitest';
import { dirichlet, logGamma } from './gamma.ts';

it.each([0.3, 1, 4.5])('gamma(%d) has its mean and variance', (shape) => {
  const random = seeded(5, shape);
  const draws = Array.from({ length: 20_000 }, () => Math.exp(logGamma(shape, random)));
  const mean = draws.reduce((a, b) => a + b, 0) / draws.length;
  const variance = draws.reduce((a, b) => a + (b - mean) ** 2, 0) / draws.length;
  expect(Math.abs(mean / shape - 1)).toBeLessThan(0.05);
  expect(Math.abs(variance / shape - 1)).toBeLessThan(0.12);
});

it('shares add up to 1, even where alpha is tiny', () => {
  for (const alpha of [1e-3, 0.1, 1, 100]) {
    const shares = dirichlet(8, alpha, seeded(6, alpha));
    expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    expect(shares.every((share) => share >= 0)).toBe(true);
  }
});

it('draws the same to the last bit on every machine', () => {
  const draws = [0.3, 1, 4.5].map((shape) => logGamma(shape, seeded(5, shape)));
  expect(draws).toEqual([-0.4999373766027612, -0.6582844126831343, 0.7561002990221162]);
  expect(dirichlet(4, 0.5, seeded(6, 0.5))).toEqual([
    0.01165877432811671, 0.23837291733394755, 0.17317590509319392, 0.5767924032447419,
  ]);
  expect(dirichlet(3, 1e-3, seeded(6, 1e-3))).toEqual([1, 0, 0]);
});
