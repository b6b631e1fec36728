/** One line tells what was estimated and how wrong that was, and nothing where nothing was estimated. */
import type { LeakDetails } from '@leakscope/evaluator';
import type { DefenseEstimate } from '@leakscope/shared/reconstruction';
import { expect, it } from 'vitest';
import { inferredDefense } from './inferred-defense.ts';

const detailsOf = (defense: DefenseEstimate): LeakDetails => ({
  attack: 'ggl',
  imageShape: [3, 32, 32],
  loss: 1,
  restarts: [1],
  steps: 1,
  beside: 1,
  width: 1,
  estimates: { labels: { values: [0], source: 'inferred', confidence: 1 }, defense, gradient: 'exact' },
  params: {},
});
const details = detailsOf({
  noise: { sigma: 0.0103135 },
  clip: { bound: 3.9999999998, factor: 0.32, scope: 'global' },
});

it('tells each estimated parameter with its error', () => {
  const estimationError = { noise: { sigma: 0.03135 }, clip: { bound: -5e-11, scope: 'wrong' } } as const;
  expect(inferredDefense({ details, estimationError })).toBe(
    'noise sigma 0.0103 (+3.1 %), clip bound 4 (0.0 %) scope global (wrong)',
  );
});

it('tells what was missed and what was imagined', () => {
  const estimationError = { noise: { sigma: -0.5 }, soteria: 'missed', clip: 'imagined' } as const;
  expect(inferredDefense({ details, estimationError })).toBe(
    'noise sigma 0.0103 (−50.0 %), soteria missed, clip where there is none',
  );
});

it('tells an undefended update that was seen as one from an attack that did not look', () => {
  expect(inferredDefense({ details: detailsOf({}), estimationError: {} })).toBe('none, rightly');
  expect(inferredDefense({ details, estimationError: null })).toBeNull();
});
