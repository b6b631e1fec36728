import { seeded } from '@leakscope/shared/random';
import { expect, test } from 'vitest';
import { using } from '../../contract/part.ts';
import { cmaEs } from './cma-es.ts';
import { hybrid } from './hybrid.ts';
import { rastrigin } from './landscapes.fixture.ts';
import type { RunningOptimiser } from './optimiser.ts';

const DIMENSION = 10;

/** The best loss of each step on Rastrigin's function. */
function curve(running: RunningOptimiser, steps: number): number[] {
  return Array.from({ length: steps }, () => {
    const asked = Float64Array.from(running.ask());
    const gradient = new Float64Array(asked.length);
    const losses = Float32Array.from({ length: asked.length / DIMENSION }, (_, i) => {
      const [from, to] = [i * DIMENSION, (i + 1) * DIMENSION];
      return rastrigin(asked.subarray(from, to), gradient.subarray(from, to));
    });
    running.tell({ losses, gradient: Float32Array.from(gradient) });
    return Math.min(...losses);
  });
}

test('goes as CMA-ES does, and then down to the floor of its valleys in a few steps', () => {
  const searches = () => ({ start: new Float32Array(DIMENSION).fill(2), random: [seeded(1)] });
  const { params } = using(hybrid, { steps: 90, generations: 60, population: 40 });
  const found = curve(hybrid.open(searches(), params), 90);
  const alone = curve(cmaEs.open(searches(), using(cmaEs, { steps: 90, population: 40 }).params), 90);
  expect(found.slice(0, 60)).toEqual(alone.slice(0, 60));
  // A pit's floor is a whole number of units, to within a hundredth of one each.
  const floor = Math.min(...found);
  expect(Math.abs(floor / 0.99496 - Math.round(floor / 0.99496))).toBeLessThan(0.02);
  expect(floor).toBeLessThan(Math.min(...alone));
});
