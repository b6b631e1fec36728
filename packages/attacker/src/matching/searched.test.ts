/** What else than latents and pixels a program searches or sees: soft labels, and what goes into batch norms. */
import { openSession } from '@leakscope/engine';
import { classifier } from '@leakscope/models';
import { seeded } from '@leakscope/shared/random';
import { sizeOf, valuesByName } from '@leakscope/shared/tensors';
import { expect, test } from 'vitest';
import { using } from '../contract/part.ts';
import { residual, updateOf, weightsOf } from './models.fixture.ts';
import { l2 } from './objectives/l2.ts';
import type { MatchingProblem } from './problem.ts';
import { matchingProgram, matchingTensors } from './program.ts';
import { normStatistics } from './regularisers/norm-statistics.ts';

const lenet = classifier('lenet', { classes: 3, resolution: 8 });
const pixels = sizeOf(lenet.inputShape);

async function evaluate(problem: MatchingProblem, inputs: Record<string, Float32Array>) {
  const { model } = problem;
  const knowledge = { weights: weightsOf(model), updates: [updateOf(model)] };
  const bound = valuesByName(matchingTensors(problem, knowledge));
  const session = await openSession(matchingProgram(problem), { bound });
  const outputs = (await session.run(inputs)) as Record<'loss' | 'match' | 'grad', Float32Array>;
  await session.release();
  return outputs;
}

/** One image after another, each with its logits. */
function withLogits(x: Float32Array, logits: readonly (readonly number[])[]): Float32Array {
  const entries = pixels + lenet.classes;
  const all = new Float32Array(logits.length * entries);
  for (const [i, own] of logits.entries()) {
    all.set(x.subarray(i * pixels, (i + 1) * pixels), i * entries);
    all.set(own, i * entries + pixels);
  }
  return all;
}

const given: MatchingProblem = { model: lenet, generator: null, population: 2, objective: using(l2), form: 'explicit' };
const searched: MatchingProblem = { ...given, labels: 'searched' };

test('logits that leave no doubt are the label that they say', async () => {
  const x = seeded('x').normals(2 * pixels);
  const label = Float32Array.of(0, 1, 0, 1, 0, 0);
  const hard = await evaluate(given, { x, label });
  const soft = await evaluate(searched, {
    x: withLogits(x, [
      [0, 60, 0],
      [60, 0, 0],
    ]),
  });
  for (const n of [0, 1]) {
    expect(Math.abs(Number(soft.loss[n]) / Number(hard.loss[n]) - 1)).toBeLessThan(1e-5);
    const own = soft.grad.subarray(n * (pixels + 3), n * (pixels + 3) + pixels);
    own.forEach((value, i) => {
      expect(value).toBeCloseTo(hard.grad[n * pixels + i] as number, 4);
    });
  }
});

test('the gradient in logits is that of the loss', async () => {
  const x = seeded('x').normals(2 * pixels);
  const logits = [
    [0.3, -0.2, 0.5],
    [1, 0, -1],
  ];
  const { grad } = await evaluate(searched, { x: withLogits(x, logits) });
  const step = 0.02;
  for (const [n, own] of logits.entries()) {
    for (const c of own.keys()) {
      const moved = (by: number) => {
        const all = withLogits(x, logits);
        const at = n * (pixels + 3) + pixels + c;
        all[at] = (all[at] as number) + by;
        return evaluate(searched, { x: all });
      };
      const [up, down] = [await moved(step), await moved(-step)];
      const slope = (Number(up.loss[n]) - Number(down.loss[n])) / (2 * step);
      const got = grad[n * (pixels + 3) + pixels + c] as number;
      expect(Math.abs(got - slope)).toBeLessThan(0.02 * Math.abs(slope) + 1e-3);
    }
  }
});

test.each(['running', 'batch'] as const)(
  'each candidate answers for its own batch norms (%s statistics)',
  async (statistics) => {
    const model = residual(8, 3);
    const size = sizeOf(model.inputShape);
    const x = seeded('x').normals(4 * size);
    const label = Float32Array.from({ length: 12 }, (_, i) => Number(i % 4 === 0));
    // What couples candidates takes one at a time.
    const population = statistics === 'batch' ? 1 : 2;
    const plain: MatchingProblem = { ...given, model, batch: 4 / population, population, statistics };
    const pull = { ...plain, regularisers: [using(normStatistics, { regulariserWeight: 2 })] };
    const [bare, pulled] = [await evaluate(plain, { x, label }), await evaluate(pull, { x, label })];
    expect(pulled.match).toEqual(bare.match);
    const step = 0.01;
    const at = 3 * size + 5;
    const nudged = x.slice();
    nudged[at] = (nudged[at] as number) + step;
    const after = await evaluate(pull, { x: nudged, label });
    const penalty = (one: typeof bare, n: number) => Number(one.loss[n]) - Number(one.match[n]);
    const last = population - 1;
    const slope = (penalty(after, last) - penalty(pulled, last)) / step;
    const got = Number(pulled.grad[at]) - Number(bare.grad[at]);
    expect(penalty(pulled, last)).toBeGreaterThan(0);
    expect(Math.abs(slope - got)).toBeLessThan(0.1 * Math.abs(got) + 2e-3);
    if (population === 2) expect(penalty(after, 0)).toBe(penalty(pulled, 0));
  },
);
