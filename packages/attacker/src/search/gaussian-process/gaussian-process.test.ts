import { cholesky, inverseFrom } from '@leakscope/shared/linear-algebra';
import { seeded } from '@leakscope/shared/random';
import { describe, expect, test } from 'vitest';
import { fit, guess } from './fit.ts';
import { drawObservations } from './gaussian-process.ts';
import { marginalLikelihood } from './marginal-likelihood.ts';
import { type Hyperparameters, matern } from './matern.ts';

/** `n` points of the unit square, and a function of which the second coordinate says little. */
function observations(n: number) {
  const random = seeded('observations', n);
  const points = Float64Array.from({ length: 2 * n }, () => random.uniform());
  const values = Float64Array.from({ length: n }, (_, i) => {
    const [x, y] = [points[2 * i] as number, points[2 * i + 1] as number];
    return 8 * (x - 0.4) ** 2 + 0.1 * y - 0.7;
  });
  return { points, values };
}

const SOME: Hyperparameters = { mean: 0.2, outputScale: 1.3, noise: 0.01, lengthscales: Float64Array.of(0.4, 0.9) };

describe('the Matérn kernel', () => {
  test('has the values of its definition', () => {
    expect(matern(0)).toBe(1);
    for (const r of [0.1, 1, 3]) {
      expect(matern(r)).toBeCloseTo((1 + Math.sqrt(5) * r + (5 * r * r) / 3) * Math.exp(-Math.sqrt(5) * r), 14);
    }
    expect(matern(1e4)).toBeLessThan(1e-200);
  });
});

describe('marginalLikelihood', () => {
  test('of two observations is the density of their normal distribution, by hand', () => {
    const r = Math.hypot(0.3 / 0.4, 0.6 / 0.9);
    const [variance, between] = [1.31, 1.3 * matern(r)];
    const [a, b] = [0.5 - 0.2, -1 - 0.2];
    const determinant = variance ** 2 - between ** 2;
    const square = (variance * (a * a + b * b) - 2 * between * a * b) / determinant;
    const data = { points: Float64Array.of(0.1, 0.2, 0.4, 0.8), values: Float64Array.of(0.5, -1) };
    const expected = -0.5 * square - 0.5 * Math.log(determinant) - Math.log(2 * Math.PI);
    expect(marginalLikelihood(data, SOME).value).toBeCloseTo(expected, 12);
  });

  test('has the gradient that differences show', () => {
    const data = observations(15);
    const { gradient } = marginalLikelihood(data, SOME);
    const difference = (change: (by: number) => Partial<Hyperparameters>): number => {
      const [up, down] = [1e-5, -1e-5].map((by) => marginalLikelihood(data, { ...SOME, ...change(by) }).value);
      return ((up as number) - (down as number)) / 2e-5;
    };
    expect(gradient.mean / difference((by) => ({ mean: SOME.mean + by }))).toBeCloseTo(1, 5);
    expect(gradient.outputScale / difference((by) => ({ outputScale: SOME.outputScale + by }))).toBeCloseTo(1, 5);
    expect(gradient.noise / difference((by) => ({ noise: SOME.noise + by }))).toBeCloseTo(1, 5);
    for (const k of [0, 1]) {
      const slope = difference((by) => ({ lengthscales: SOME.lengthscales.map((x, i) => (i === k ? x + by : x)) }));
      expect((gradient.lengthscales[k] as number) / slope).toBeCloseTo(1, 5);
    }
  });
});

describe('fit', () => {
  test('makes the observations likelier, and reaches farther along a coordinate that says little', () => {
    const data = observations(25);
    const fitted = fit(data, guess(2), 50);
    expect(marginalLikelihood(data, fitted).value).toBeGreaterThan(marginalLikelihood(data, guess(2)).value + 5);
    expect(fitted.lengthscales[1]).toBeGreaterThan(1.2 * (fitted.lengthscales[0] as number));
    expect(fitted.lengthscales[1]).toBeLessThanOrEqual(2);
    expect(fitted.noise).toBeGreaterThanOrEqual(5e-4);
  });
});

describe('drawObservations', () => {
  test('has the mean and the covariance of the posterior', () => {
    const data = observations(6);
    const candidates = Float64Array.of(0.5, 0.5, 0.52, 0.5, 0.05, 0.95);
    const count = 20_000;
    const draws = drawObservations(data, SOME, candidates, count, seeded(1));
    const column = (i: number) => Float64Array.from({ length: count }, (_, draw) => draws[3 * draw + i] as number);
    const { mean, covariance } = posterior(data, candidates);
    for (let i = 0; i < 3; i++) {
      const own = column(i);
      expect(average(own)).toBeCloseTo(mean[i] as number, 1);
      for (let j = 0; j <= i; j++) {
        const other = column(j);
        const [a, b] = [average(own), average(other)];
        const product = average(own.map((x, draw) => (x - a) * ((other[draw] as number) - b)));
        expect(Math.abs(product - (covariance[3 * i + j] as number))).toBeLessThan(0.02);
      }
    }
  });

  test('is a function of the stream, and near an observation all but that', () => {
    const data = observations(6);
    const at = data.points.slice(0, 2);
    const noiseless = { ...SOME, noise: 5e-4 };
    const once = drawObservations(data, noiseless, at, 4, seeded(1));
    expect(drawObservations(data, noiseless, at, 4, seeded(1))).toEqual(once);
    expect(drawObservations(data, noiseless, at, 4, seeded(2))).not.toEqual(once);
    for (const draw of once) expect(Math.abs(draw - (data.values[0] as number))).toBeLessThan(0.15);
  });
});

const average = (values: Float64Array): number => values.reduce((sum, x) => sum + x, 0) / values.length;
/** By the textbook: m + k* K⁻¹ (y - m), and k** - k* K⁻¹ k*ᵀ + noise. */
function posterior({ points, values }: ReturnType<typeof observations>, candidates: Float64Array) {
  const n = values.length;
  const k = (a: Float64Array, i: number, b: Float64Array, j: number): number =>
    SOME.outputScale *
    matern(
      Math.hypot(
        ((a[2 * i] as number) - (b[2 * j] as number)) / (SOME.lengthscales[0] as number),
        ((a[2 * i + 1] as number) - (b[2 * j + 1] as number)) / (SOME.lengthscales[1] as number),
      ),
    );
  const matrix = Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.trunc(at / n), at % n];
    return k(points, i, points, j) + (i === j ? SOME.noise : 0);
  });
  const inverse = inverseFrom(cholesky(matrix, n), n);
  const weights = (i: number) =>
    Array.from({ length: n }, (_, j) =>
      Array.from({ length: n }, (_, l) => k(candidates, i, points, l) * (inverse[l * n + j] as number)).reduce(
        (a, b) => a + b,
      ),
    );
  return {
    mean: [0, 1, 2].map((i) =>
      weights(i).reduce((sum, w, j) => sum + w * ((values[j] as number) - SOME.mean), SOME.mean),
    ),
    covariance: Array.from({ length: 9 }, (_, at) => {
      const [i, j] = [Math.trunc(at / 3), at % 3];
      const explained = weights(i).reduce((sum, w, l) => sum + w * k(candidates, j, points, l), 0);
      return k(candidates, i, candidates, j) - explained + (i === j ? SOME.noise : 0);
    }),
  };
}
