/** Halves of a gradient: split by coins, compared as the masks say in every form, and together the whole. */
import { openSession } from '@leakscope/engine';
import { classifier } from '@leakscope/models';
import { seeded } from '@leakscope/shared/random';
import { type NamedTensors, sizeOf, valuesByName } from '@leakscope/shared/tensors';
import { describe, expect, test } from 'vitest';
import { using } from '../contract/part.ts';
import { computeGradient, oneHotRows } from './client-gradient.ts';
import { residual, updateOf, weightsOf } from './models.fixture.ts';
import { cosine } from './objectives/cosine.ts';
import { l2 } from './objectives/l2.ts';
import type { MatchingForm, MatchingProblem } from './problem.ts';
import { matchingProgram, matchingTensors } from './program.ts';
import { keptOf, splitRows } from './rows.ts';

const small = classifier('lenet', { classes: 3, resolution: 12 });
const smooth = residual(7, 3);
const split = (model: typeof small, seed: number) => splitRows(model, (name) => seeded(seed, name));

test('each row is in one half, about as many in either, the head’s bias in the fitted one', () => {
  const { fitted, held } = split(small, 1);
  for (const [name, { data }] of fitted) {
    const other = held.get(name)?.data as Float32Array;
    expect([...data].every((kept, i) => kept + (other[i] as number) === 1)).toBe(true);
  }
  const all = [...fitted.values()].flatMap(({ data }) => [...data]);
  expect(Math.abs(all.reduce((sum, kept) => sum + kept, 0) / all.length - 0.5)).toBeLessThan(0.1);
  expect([...(fitted.get(`${small.head}.bias`)?.data ?? [])]).toEqual([1, 1, 1]);
});

test('both halves of an update add up to it', () => {
  const update = updateOf(small);
  const { fitted, held } = split(small, 2);
  const [a, b] = [keptOf(update, fitted), keptOf(update, held)];
  for (const [name, { data }] of update) {
    const [left, right] = [a.get(name)?.data as Float32Array, b.get(name)?.data as Float32Array];
    expect(left.map((value, i) => value + (right[i] as number))).toEqual(data);
    expect(left.some((value, i) => value !== 0 && right[i] !== 0)).toBe(false);
  }
});

const dot = (a: NamedTensors, b: NamedTensors): number =>
  [...a].reduce(
    (sum, [name, { data }]) => sum + data.reduce((own, value, i) => own + value * (b.get(name)?.data[i] as number), 0),
    0,
  );

describe.each([
  ['convolutions with bias', small],
  ['batch norm folded into convolutions', smooth],
] as const)('%s', (_, model) => {
  test.each(['explicit', 'ghost', 'auto'] as const)(
    '%s: the kept rows alone are compared, each update by its own',
    async (form) => {
      const [updates, batch] = [2, 2];
      const weights = weightsOf(model);
      const size = batch * sizeOf(model.inputShape);
      const x = seeded(4).normals(updates * size);
      const labels = Array.from({ length: updates * batch }, (_i, i) => i % model.classes);
      const y = [updateOf(model), keptOf(updateOf(model), split(model, 9).fitted)];
      const halves = [split(model, 5).fitted, split(model, 6).held];
      for (const objective of [using(l2), using(cosine)]) {
        const problem: MatchingProblem = {
          model,
          generator: null,
          population: updates,
          batch,
          objective,
          transforms: [{ kind: 'identity' }, { kind: 'identity' }],
          form: form as MatchingForm,
          rows: true,
        };
        const session = await openSession(matchingProgram(problem), {
          bound: valuesByName(matchingTensors(problem, { weights, updates: y, rows: halves })),
        });
        const outputs = await session.run({ x, label: oneHotRows(labels, labels.length, model.classes) });
        await session.release();
        for (let n = 0; n < updates; n++) {
          const images = Array.from({ length: batch }, (_i, k) =>
            x.slice(n * size + (k * size) / batch, n * size + ((k + 1) * size) / batch),
          );
          const own = labels.slice(n * batch, (n + 1) * batch);
          const { gradient } = await computeGradient({ model, weights, images, labels: own });
          const [g, target] = [gradient, y[n] as NamedTensors].map((each) =>
            keptOf(each, halves[n] as NamedTensors),
          ) as [NamedTensors, NamedTensors];
          const [square, along, squareOfY] = [dot(g, g), dot(g, target), dot(target, target)];
          const want =
            objective.part === cosine ? 1 - along / Math.sqrt(square * squareOfY) : square - 2 * along + squareOfY;
          expect(Math.abs((outputs.match?.[n] as number) / want - 1)).toBeLessThan(1e-4);
        }
      }
    },
  );
});
