import { seeded } from '@leakscope/shared/random';
import { describe, expect, test } from 'vitest';
import type { AttackProgress } from '../contract/attack.ts';
import { adam } from './optimisers/adam.ts';
import { cmaEs } from './optimisers/cma-es.ts';
import { type SearchOptions, type SearchResult, search } from './search.ts';

/** A double well: x near 1 costs 0, x near -1 costs 0.5. */
const well = async (points: Float32Array) => ({
  losses: points.map((x) => (x * x - 1) ** 2 + (x < 0 ? 0.5 : 0)),
  gradient: points.map((x) => 4 * x * (x * x - 1)),
});

function options(start: Float32Array, change: Partial<SearchOptions> = {}): SearchOptions {
  const steps = change.steps ?? 200;
  return {
    attack: 'test',
    optimiser: adam.open(
      { start, random: [] },
      { steps, learningRate: 0.1, signed: false, schedule: 'steps', epsilon: 1e-8 },
    ),
    evaluate: well,
    restarts: start.length,
    steps,
    context: {},
    ...change,
  };
}

/** The only update's result. */
async function searchOne(of: SearchOptions): Promise<SearchResult> {
  const [outcome] = await search(of);
  if (outcome?.status !== 'fulfilled') throw outcome?.reason;
  return outcome.value;
}

describe('search', () => {
  test('chooses the restart with the smallest loss, and reports all', async () => {
    const { best, loss, restarts } = await searchOne(options(Float32Array.of(-2, 2, -0.5)));
    expect(best[0]).toBeCloseTo(1, 2);
    expect(loss).toBeCloseTo(0, 3);
    expect(restarts.map((value) => Number(value?.toFixed(1)))).toEqual([0.5, 0, 0.5]);
  });

  test('keeps the best point that it saw, not the last, with the loss of exactly that point', async () => {
    const overshooting = options(Float32Array.of(1.02), {
      optimiser: adam.open(
        { start: Float32Array.of(1.02), random: [] },
        { steps: 5, learningRate: 3, signed: true, schedule: 'steps', epsilon: 1e-8 },
      ),
      steps: 5,
    });
    const { best, loss } = await searchOne(overshooting);
    expect(best[0]).toBe(Math.fround(1.02));
    expect(loss).toBe((await well(best)).losses[0]);
  });

  test('a judge decides what a point is worth, at the steps that it is asked, the first and the last among them', async () => {
    const asked: number[] = [];
    let step = -1;
    const judged = options(Float32Array.of(3), {
      steps: 12,
      evaluate: (points) => {
        step++;
        return well(points);
      },
      // What is searched by falls towards 1; the judge likes what is far from it.
      judge: {
        every: 5,
        losses: async (points) => {
          asked.push(step);
          return points.map((x) => -x);
        },
      },
    });
    const { best, loss, points } = await searchOne(judged);
    expect(asked).toEqual([0, 5, 10, 11]);
    expect(best[0]).toBe(3);
    expect(loss).toBe(-3);
    expect(points).toEqual([best]);
  });

  test('traces a falling curve of at most about 200 points, first and last step included', async () => {
    const { trace, loss } = await searchOne(options(Float32Array.of(3), { steps: 950 }));
    expect(trace.length).toBeGreaterThan(90);
    expect(trace.length).toBeLessThan(210);
    expect(trace[0]?.step).toBe(0);
    expect(trace.at(-1)).toEqual({ step: 949, value: loss });
    expect(trace.every(({ value }, i) => i === 0 || value <= (trace[i - 1]?.value ?? 0))).toBe(true);
  });

  test('leaves out a restart that is not finite, and goes on with the others', async () => {
    const evaluate: SearchOptions['evaluate'] = async (points) => {
      const { losses, gradient } = await well(points);
      losses[1] = Number.NaN;
      return { losses, gradient };
    };
    const { best, restarts } = await searchOne(options(Float32Array.of(2, 1), { evaluate }));
    expect(best[0]).toBeCloseTo(1, 2);
    expect(restarts[1]).toBeNull();
  });

  test.each([
    ['loss', (e: Awaited<ReturnType<typeof well>>) => e.losses.fill(Number.NaN)],
    ['gradient', (e: Awaited<ReturnType<typeof well>>) => e.gradient.fill(Number.POSITIVE_INFINITY)],
  ])('ends at the first step without any finite %s, with a coded reason', async (_what, spoil) => {
    let step = 0;
    const evaluate: SearchOptions['evaluate'] = async (points) => {
      const evaluation = await well(points);
      if (step++ === 7) spoil(evaluation);
      return evaluation;
    };
    await expect(searchOne(options(Float32Array.of(2, 3), { evaluate }))).rejects.toMatchObject({
      code: 'ATTACK_DIVERGED',
      details: { attack: 'test', step: 7 },
    });
    expect(step).toBe(8);
  });

  test('updates side by side come out as each would alone; one that is lost takes no other with it', async () => {
    const starts = [-2, 2, 3, 0.5];
    const lost: SearchOptions['evaluate'] = async (points) => {
      const { losses, gradient } = await well(points);
      if (step++ >= 7) losses.fill(Number.NaN, 2);
      return { losses, gradient };
    };
    let step = 0;
    const together = await search(options(Float32Array.from(starts), { evaluate: lost, updates: 2, steps: 50 }));
    const alone = await search(options(Float32Array.from(starts.slice(0, 2)), { steps: 50 }));
    expect(together[0]).toEqual(alone[0]);
    expect(together[1]).toMatchObject({
      status: 'rejected',
      reason: { code: 'ATTACK_DIVERGED', details: { step: 7 } },
    });
    expect(step).toBe(50);
  });

  describe('with several points a step', () => {
    const generations = (seeds: readonly number[]) =>
      cmaEs.open(
        { start: new Float32Array(seeds.length), random: seeds.map((seed) => seeded(seed)) },
        { steps: 40, sigma: 1, population: 6, restartStrategy: 'none' },
      );
    const value = async (points: Float32Array) => ({ ...(await well(points)), gradient: new Float32Array() });

    test('a restart keeps the best of all its points, and no other restart sees them', async () => {
      const of = (seeds: readonly number[]) => {
        const optimiser = generations(seeds);
        return options(new Float32Array(seeds.length), { optimiser, evaluate: value, steps: 40 });
      };
      const { best, loss, restarts } = await searchOne(of([1, 2]));
      expect(best[0]).toBeCloseTo(1, 2);
      expect(loss).toBe(Math.min(...restarts.map(Number)));
      expect(restarts).toEqual([(await searchOne(of([1]))).loss, (await searchOne(of([2]))).loss]);
    });

    test('is lost only where none of a step is finite', async () => {
      let step = 0;
      const spoilt: SearchOptions['evaluate'] = async (points) => {
        const evaluation = await value(points);
        // One of the first restart's six points each time; all of the second's at step 3, which is then out.
        evaluation.losses[step % 6] = Number.NaN;
        if (step === 3) evaluation.losses.fill(Number.NaN, 6);
        step++;
        return evaluation;
      };
      const optimiser = generations([1, 2]);
      const found = await searchOne(options(new Float32Array(2), { optimiser, evaluate: spoilt, steps: 40 }));
      expect(found.best[0]).toBeCloseTo(1, 1);
      expect(found.restarts).toEqual([found.loss, null]);
    });
  });

  test('reports progress and stops between steps when it is told to', async () => {
    const controller = new AbortController();
    const seen: AttackProgress[] = [];
    const onProgress = (progress: AttackProgress) => {
      seen.push(progress);
      if (progress.step === 3) controller.abort(new Error('enough'));
    };
    const context = { signal: controller.signal, onProgress };
    await expect(searchOne(options(Float32Array.of(2), { context }))).rejects.toThrow('enough');
    expect(seen.map(({ step }) => step)).toEqual([1, 2, 3]);
  });
});
