import { symmetricEigen } from '@leakscope/shared/linear-algebra';
import { seeded } from '@leakscope/shared/random';
import { describe, expect, test } from 'vitest';
import { cmaEs } from './cma-es.ts';
import { cmaEsRates } from './cma-es-rates.ts';

type Loss = (x: Float32Array) => number;

const sphere: Loss = (x) => x.reduce((sum, value) => sum + value ** 2, 0);
/** Axes a thousand times as long as others. */
const ellipsoid: Loss = (x) => x.reduce((sum, value, i) => sum + 1e6 ** (i / (x.length - 1)) * value ** 2, 0);
const rosenbrock: Loss = (x) =>
  x.subarray(1).reduce((sum, next, i) => {
    const value = x[i] as number;
    return sum + 100 * (next - value ** 2) ** 2 + (1 - value) ** 2;
  }, 0);

interface Start {
  readonly from?: number;
  readonly dimension?: number;
  readonly population?: number;
  readonly sigma?: number;
  readonly seeds?: readonly number[];
}

function begin({ from = 0, dimension = 10, population = 10, sigma = 1, seeds = [1] }: Start) {
  const start = new Float32Array(seeds.length * dimension).fill(from);
  const random = seeds.map((seed) => seeded(seed));
  const optimiser = cmaEs.open({ start, random }, { steps: 1, sigma, population, restartStrategy: 'none' });
  /** One generation; returns its losses. */
  const step = (loss: Loss): Float32Array => {
    const points = optimiser.ask();
    const losses = Float32Array.from({ length: points.length / dimension }, (_, i) =>
      loss(points.subarray(i * dimension, (i + 1) * dimension)),
    );
    optimiser.tell({ losses, gradient: new Float32Array() });
    return losses;
  };
  return { optimiser, step };
}

/** Evaluations until the loss has come below `goal`. */
function evaluations(loss: Loss, goal: number, start: Start): number {
  const { step } = begin(start);
  for (let spent = 0; spent < 50_000; ) {
    const losses = step(loss);
    spent += losses.length;
    if (Math.min(...losses) < goal) return spent;
  }
  return Number.POSITIVE_INFINITY;
}

describe('cmaEs', () => {
  // Hansen's own code takes about 1,600, 4,400 and 5,300 in 10 dimensions.
  test.each<[string, Loss, Start, number]>([
    ['a sphere', sphere, { from: 3 }, 2000],
    ['an ellipsoid of condition 1e6', ellipsoid, { from: 3 }, 5500],
    ['Rosenbrock', rosenbrock, { sigma: 0.5 }, 7500],
    ['an ellipsoid with a population of 50', ellipsoid, { from: 3, population: 50 }, 10_000],
  ])('comes within 1e-9 of the minimum of %s in time', (_name, loss, start, most) => {
    for (const seed of [1, 2, 3]) expect(evaluations(loss, 1e-9, { ...start, seeds: [seed] })).toBeLessThan(most);
  });

  test('a turned ellipsoid takes no longer: what it learns does not depend on the axes', () => {
    const n = 10;
    const { vectors } = symmetricEigen(Float64Array.from(seeded('turn').normals(n * n)), n);
    const turned: Loss = (x) =>
      ellipsoid(
        Float32Array.from({ length: n }, (_, k) =>
          x.reduce((sum, value, i) => sum + value * (vectors[k * n + i] as number), 0),
        ),
      );
    const straight = evaluations(ellipsoid, 1e-6, { from: 1 });
    expect(evaluations(turned, 1e-6, { from: 1 }) / straight).toBeLessThan(1.25);
  });

  test('only the order of losses counts', () => {
    const [plain, bent] = [begin({ from: 2 }), begin({ from: 2 })];
    for (let i = 0; i < 60; i++) {
      plain.step(sphere);
      bent.step((x) => Math.sqrt(sphere(x)) - 7);
    }
    expect(bent.optimiser.ask()).toEqual(plain.optimiser.ask());
  });

  test('the first generation is N(start, sigma² I)', () => {
    const points = begin({ from: 5, sigma: 0.5, dimension: 100, population: 100 }).optimiser.ask();
    const mean = points.reduce((sum, x) => sum + x, 0) / points.length;
    const variance = points.reduce((sum, x) => sum + (x - mean) ** 2, 0) / points.length;
    expect(mean).toBeCloseTo(5, 1);
    expect(variance).toBeCloseTo(0.25, 1);
  });

  test('is a function of its seed and the losses, and leaves its start alone', () => {
    const run = (seed: number) => {
      const { optimiser, step } = begin({ from: 2, seeds: [seed] });
      for (let i = 0; i < 30; i++) step(rosenbrock);
      return optimiser.ask();
    };
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
    const start = Float32Array.of(1, 2);
    const optimiser = cmaEs.open(
      { start, random: [seeded(1)] },
      { steps: 1, sigma: 1, population: 4, restartStrategy: 'none' },
    );
    optimiser.tell({ losses: Float32Array.of(1, 2, 3, 4), gradient: new Float32Array() });
    expect(start).toEqual(Float32Array.of(1, 2));
  });

  test('searches side by side go as each goes alone, whatever becomes of the others', () => {
    const [all, alone] = [begin({ from: 2, seeds: [1, 2, 3] }), begin({ from: 2, seeds: [2] })];
    const share = all.optimiser.ask().length / 3;
    for (let i = 0; i < 40; i++) {
      // The third search has nothing but NaN.
      let candidate = 0;
      all.step((x) => (candidate++ < 20 ? ellipsoid(x) : Number.NaN));
      alone.step(ellipsoid);
    }
    expect(all.optimiser.ask().subarray(share, 2 * share)).toEqual(alone.optimiser.ask());
  });

  test('a candidate that is not finite ranks last, and spoils nothing', () => {
    const [spoilt, worst] = [begin({ from: 3 }), begin({ from: 3 })];
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      for (let i = 0; i < 20; i++) {
        let candidate = 0;
        spoilt.step((x) => (candidate++ === 4 ? bad : sphere(x)));
        candidate = 0;
        worst.step((x) => (candidate++ === 4 ? 1e30 : sphere(x)));
      }
    }
    expect(spoilt.optimiser.ask()).toEqual(worst.optimiser.ask());
    expect(Math.min(...spoilt.step(sphere))).toBeLessThan(1);
  });

  test('stays where it is while no loss is finite', () => {
    const { optimiser, step } = begin({ from: 3, sigma: 1e-3 });
    for (let i = 0; i < 50; i++) step(() => Number.NaN);
    for (const x of optimiser.ask()) expect(Math.abs(x - 3)).toBeLessThan(0.01);
  });
});

describe('cmaEsRates', () => {
  test('are those of the tutorial: 10 dimensions, 10 candidates', () => {
    const rates = cmaEsRates(10, 10);
    expect(rates.parents).toBe(5);
    // ln 5.5 - ln i, over their sum.
    const raw = [1, 2, 3, 4, 5].map((i) => Math.log(5.5 / i));
    const sum = raw.reduce((a, b) => a + b);
    raw.forEach((w, i) => {
      expect(rates.weights[i]).toBeCloseTo(w / sum, 12);
    });
    expect(rates.effective).toBeCloseTo(3.1673, 4);
    expect(rates.path).toBeCloseTo(5.1673 / 18.1673, 4);
    expect(rates.rankOne).toBeCloseTo(2 / (11.3 ** 2 + 3.1673), 6);
  });

  test.each([
    [1, 4],
    [2, 50],
    [10, 10],
    [128, 50],
    [1024, 50],
    [10, 1000],
  ])('take from the covariance no more than it holds: %d dimensions, %d candidates', (dimension, population) => {
    const { weights, parents, rankOne, rankMu, path, covariancePath } = cmaEsRates(dimension, population);
    const positive = weights.subarray(0, parents).reduce((sum, w) => sum + w, 0);
    const negative = weights.subarray(parents).reduce((sum, w) => sum - w, 0);
    expect(positive).toBeCloseTo(1, 12);
    // A bad step's share is n weight rank mu at most, of what is kept anyway.
    expect(dimension * rankMu * negative).toBeLessThanOrEqual(1 - rankOne - rankMu + 1e-12);
    for (const rate of [rankOne + rankMu, path, covariancePath]) {
      expect(rate).toBeGreaterThan(0);
      expect(rate).toBeLessThanOrEqual(1);
    }
  });
});
