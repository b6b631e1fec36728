/** Near the solution the ghost form has no digits left; the loss must then be that of the explicit form, and only then. */
import { openSession } from '@leakscope/engine';
import { classifier } from '@leakscope/models';
import { seeded } from '@leakscope/shared/random';
import { globalNorm, type NamedTensors, sizeOf } from '@leakscope/shared/tensors';
import { beforeAll, describe, expect, test } from 'vitest';
import { using } from '../contract/part.ts';
import { computeGradient, oneHotRows } from './client-gradient.ts';
import { type LossFunction, openLossFunction } from './loss-function.ts';
import { cosine } from './objectives/cosine.ts';
import { l2 } from './objectives/l2.ts';
import { layerL2 } from './objectives/layer-l2.ts';
import type { MatchingForm, MatchingProblem } from './problem.ts';
import { matchingProgram, matchingTensors } from './program.ts';

const model = classifier('lenet', { classes: 3, resolution: 12 });
const size = sizeOf(model.inputShape);
const weights = model.initialise(seeded(1));
const truth = seeded(2).normals(size);
const direction = seeded(3).normals(size);
const labels = oneHotRows([1], 1, model.classes);
const ghost: MatchingProblem = { model, generator: null, population: 1, objective: using(l2), form: 'ghost' };

let update: NamedTensors;
let squareOfY: number;
/** Step along `direction` per square root of the distance's share of ||g||^2 + ||y||^2. */
let stepOf: (share: number) => number;

const gradientAt = async (x: Float32Array): Promise<NamedTensors> =>
  (await computeGradient({ model, weights, images: [x], labels: [1] })).gradient;

const pointAt = (step: number): Float32Array => truth.map((value, i) => value + step * (direction[i] as number));

/** ||g - y||^2 in double precision, and its share of ||g||^2 + ||y||^2. */
async function distanceAt(x: Float32Array): Promise<{ distance: number; share: number }> {
  const g = await gradientAt(x);
  let distance = 0;
  for (const [name, { data }] of g) {
    const y = update.get(name)?.data as Float32Array;
    data.forEach((value, i) => {
      distance += (value - (y[i] as number)) ** 2;
    });
  }
  return { distance, share: distance / (globalNorm(g) ** 2 + squareOfY) };
}

/** One evaluation of the program itself, in one form. */
async function inForm(form: MatchingForm, x: Float32Array, problem = ghost) {
  const of = { ...problem, form };
  const bound = Object.fromEntries(
    [...matchingTensors(of, { weights, updates: [update] })].map(([name, { data }]) => [name, data]),
  );
  const session = await openSession(matchingProgram(of), { bound });
  const outputs = (await session.run({ x, label: labels })) as { loss: Float32Array; grad: Float32Array };
  await session.release();
  return { losses: outputs.loss, gradient: outputs.grad };
}

async function withLoss<T>(problem: MatchingProblem, use: (loss: LossFunction) => Promise<T>): Promise<T> {
  const loss = await openLossFunction({ problem, knowledge: { weights, updates: [update] }, labels });
  try {
    return await use(loss);
  } finally {
    await loss.release();
  }
}

const valueAt = (problem: MatchingProblem, x: Float32Array) => withLoss(problem, (loss) => loss.evaluate(x));

const along = (gradient: Float32Array): number =>
  gradient.reduce((sum, value, i) => sum + value * (direction[i] as number), 0);

beforeAll(async () => {
  update = await gradientAt(truth);
  squareOfY = globalNorm(update) ** 2;
  const probe = 1e-3;
  const { share } = await distanceAt(pointAt(probe));
  stepOf = (wanted) => probe * Math.sqrt(wanted / share);
});

describe.each(['sum', 'mean'] as const)('squared distances, reduced by their %s', (lossScale) => {
  const problem: MatchingProblem = { ...ghost, objective: using(l2, { lossScale }) };

  test('the ghost form serves above 1e-3 of the squares, the explicit form below', async () => {
    const [far, near] = [pointAt(stepOf(2e-3)), pointAt(stepOf(5e-4))];
    expect((await distanceAt(far)).share).toBeGreaterThan(1.2e-3);
    expect((await distanceAt(near)).share).toBeLessThan(0.8e-3);
    // Forms differ in their last digits, which tells which of the two has answered.
    expect(await inForm('ghost', far, problem)).not.toEqual(await inForm('explicit', far, problem));
    expect(await valueAt(problem, far)).toEqual(await inForm('ghost', far, problem));
    expect(await inForm('ghost', near, problem)).not.toEqual(await inForm('explicit', near, problem));
    expect(await valueAt(problem, near)).toEqual(await inForm('explicit', near, problem));
  });
});

test('relative distances of tensors: the explicit form serves below 2e-3, as near as 1e-3 of the squares is', async () => {
  const problem: MatchingProblem = { ...ghost, objective: using(layerL2) };
  const matchAt = async (step: number) => (await inForm('explicit', pointAt(step), problem)).losses[0] as number;
  const probe = stepOf(1e-2);
  const perRoot = probe / Math.sqrt(await matchAt(probe));
  const [far, near] = [perRoot * Math.sqrt(3e-3), perRoot * Math.sqrt(1e-3)];
  expect(await matchAt(far)).toBeGreaterThan(2.2e-3);
  expect(await matchAt(near)).toBeLessThan(1.8e-3);
  for (const [step, form] of [
    [far, 'ghost'],
    [near, 'explicit'],
  ] as const) {
    expect(await inForm('ghost', pointAt(step), problem)).not.toEqual(await inForm('explicit', pointAt(step), problem));
    expect(await valueAt(problem, pointAt(step))).toEqual(await inForm(form, pointAt(step), problem));
  }
});

test('where the ghost form has lost every digit, value and gradient are right to three', async () => {
  const step = stepOf(1e-8);
  const x = pointAt(step);
  const { distance } = await distanceAt(x);
  const { losses, gradient } = await valueAt(ghost, x);
  expect(Math.abs((losses[0] as number) / distance - 1)).toBeLessThan(1e-2);
  // Around its minimum the distance is quadratic: its derivative along the way there is 2 D / step.
  expect(Math.abs(along(gradient) / ((2 * distance) / step) - 1)).toBeLessThan(1e-2);
  const cancelled = await inForm('ghost', x);
  expect(Math.abs((cancelled.losses[0] as number) / distance - 1)).toBeGreaterThan(0.1);
});

test('at the solution itself the distance is that of rounding', async () => {
  const { losses } = await valueAt(ghost, truth);
  expect(losses[0]).toBeGreaterThanOrEqual(0);
  expect(losses[0]).toBeLessThan(1e-11 * squareOfY);
});

test('once explicit a loss stays so; cosine distances, which no form subtracts, keep their form', async () => {
  const [far, near] = [pointAt(stepOf(0.1)), pointAt(stepOf(1e-6))];
  await withLoss(ghost, async (loss) => {
    expect(await loss.evaluate(far)).toEqual(await inForm('ghost', far));
    await loss.evaluate(near);
    expect(await loss.evaluate(far)).toEqual(await inForm('explicit', far));
  });
  const angle: MatchingProblem = { ...ghost, objective: using(cosine) };
  expect(await valueAt(angle, near)).toEqual(await inForm('ghost', near, angle));
});
