import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluationsOf } from '../staged/stage.ts';
import { FEWEST_EVALUATIONS, planOf } from './plan.ts';

describe('planOf', () => {
  test('spends no more than it is given, and nearly all of it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: FEWEST_EVALUATIONS, max: 20_000 }),
        fc.integer({ min: 0, max: 6 }),
        fc.boolean(),
        (evaluations, layers, judged) => {
          const spent = planOf(evaluations, layers, judged).reduce(
            (sum, { steps, starts }) => sum + evaluationsOf(steps, starts, judged),
            0,
          );
          expect(spent).toBeLessThanOrEqual(evaluations);
          expect(spent).toBeGreaterThan(0.75 * evaluations);
        },
      ),
    );
  });

  test('fewer starts in each round, then latents, then features, never back', () => {
    const plan = planOf(1000, 3, false);
    expect(plan.map(({ name, steps }) => `${name}: ${steps}`)).toEqual([
      '8 starts: 15',
      '4 starts: 20',
      '2 starts: 25',
      'latents: 150',
      'features 1: 200',
      'features 2: 400',
    ]);
  });

  test('a generator without layers gets all in its latents, one with a single layer all that features get there', () => {
    const stepsOf = (layers: number) => Object.fromEntries(planOf(1000, layers, false).map((s) => [s.name, s.steps]));
    expect(stepsOf(0)).toMatchObject({ latents: 750 });
    expect(stepsOf(1)).toMatchObject({ latents: 150, 'features 1': 600 });
  });

  test('looks of the judge are paid for', () => {
    expect(evaluationsOf(1, 1, true)).toBe(2);
    expect(evaluationsOf(26, 1, true)).toBe(28);
    expect(evaluationsOf(40, 2, true)).toBe(2 * (40 + 3));
    expect(evaluationsOf(40, 2, false)).toBe(80);
  });
});
