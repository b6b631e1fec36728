import { seeded } from '@leakscope/shared/random';
import { describe, expect, test } from 'vitest';
import { type Run, runs } from './cma-es-restarts.ts';
import { Termination } from './cma-es-termination.ts';

describe('restarts of CMA-ES', () => {
  /** The first `count` runs, of which each takes all it may, or 100 steps times its population. */
  function planned(strategy: 'ipop' | 'bipop', count: number): (Run & { spent: number })[] {
    const plan = runs(strategy, seeded(1));
    let spent = 0;
    return Array.from({ length: count }, () => {
      const run = plan.next(spent).value;
      spent = Math.min(run.most, 100 * run.population);
      return { ...run, spent };
    });
  }

  test('ipop doubles the population', () => {
    const all = planned('ipop', 5);
    expect(all.map(({ population }) => population)).toEqual([1, 2, 4, 8, 16]);
    expect(all.every(({ sigma, most }) => sigma === 1 && most === Number.POSITIVE_INFINITY)).toBe(true);
  });

  test('bipop spends about as much on small runs as on doubled ones', () => {
    const all = planned('bipop', 200);
    const large = all.filter(({ most }) => most === Number.POSITIVE_INFINITY);
    expect(large.map(({ population }) => population)).toEqual(large.map((_, i) => 2 ** i));
    const small = all.filter((run) => !large.includes(run));
    for (const { sigma, population } of small) {
      expect(sigma).toBeGreaterThanOrEqual(0.01 - 1e-12);
      expect(sigma).toBeLessThanOrEqual(1);
      expect(Number.isInteger(population)).toBe(true);
      expect(population).toBeLessThanOrEqual((large.at(-1)?.population ?? 0) / 2);
    }
    const total = (of: typeof all) => of.reduce((sum, { spent }) => sum + spent, 0);
    expect(total(small)).toBeGreaterThan(total(large.slice(0, -1)) * 0.9);
    expect(total(small)).toBeLessThan(2 * total(large));
  });
});

describe('a run of CMA-ES ends', () => {
  /** Generations until it ends, 1,000 at most. */
  function generations(of: (generation: number, candidate: number) => number): number {
    const termination = new Termination(5, 10);
    for (let i = 0; i < 1000; i++) {
      if (termination.ends(Float32Array.from({ length: 10 }, (_, candidate) => of(i, candidate)))) return i + 1;
    }
    return Number.POSITIVE_INFINITY;
  }

  test('at once where all candidates are equal, twice in a row', () => {
    expect(generations((i) => (i < 7 ? i + Math.sqrt(i + 1) : 3))).toBeLessThanOrEqual(9);
    expect(generations(() => Number.NaN)).toBe(2);
  });

  test('where the best loss has not changed for a while', () => {
    expect(generations((_, candidate) => candidate)).toBe(26);
  });

  test('where neither the best nor the median has got better for a long time', () => {
    const random = seeded(1);
    const end = generations((i) => Math.max(0, 100 - i) + random.uniform());
    expect(end).toBeGreaterThan(150);
    expect(end).toBeLessThan(600);
  });

  test('never while losses fall', () => {
    expect(generations((i, candidate) => candidate + 1000 - i)).toBe(Number.POSITIVE_INFINITY);
  });
});
