/** One suite for every objective: what it says it computes, in every form, and the way that it points. */
import type { Transform } from '@leakscope/defenses';
import { openSession } from '@leakscope/engine';
import * as tf from '@leakscope/engine/tf';
import { type Classifier, classifier } from '@leakscope/models';
import { seeded } from '@leakscope/shared/random';
import { type NamedTensors, sizeOf, valuesByName } from '@leakscope/shared/tensors';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Chosen, using } from '../../contract/part.ts';
import { computeGradient, oneHotRows } from '../client-gradient.ts';
import { residual, updateOf, weightsOf } from '../models.fixture.ts';
import type { MatchingForm, MatchingProblem } from '../problem.ts';
import { matchingProgram, matchingTensors } from '../program.ts';
import { cosine } from './cosine.ts';
import { l2 } from './l2.ts';
import { layerCosine } from './layer-cosine.ts';
import { layerL2 } from './layer-l2.ts';
import { defineObjective, type Objective } from './objective.ts';
import { OBJECTIVES } from './registry.ts';
import { squaredCosine } from './squared-cosine.ts';

const FORMS: readonly MatchingForm[] = ['explicit', 'ghost', 'auto'];

/** One tensor's sums in double precision, by plain loops. */
interface Sums {
  square: number;
  dot: number;
  distance: number;
  target: number;
}

function sumsOf(g: NamedTensors, y: NamedTensors): Sums[] {
  return [...g].map(([name, { data }]) => {
    const other = y.get(name)?.data as Float32Array;
    const sums = { square: 0, dot: 0, distance: 0, target: 0 };
    data.forEach((value, i) => {
      const at = other[i] as number;
      sums.square += value * value;
      sums.dot += value * at;
      sums.distance += (value - at) ** 2;
      sums.target += at * at;
    });
    return sums;
  });
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;
const all = (sums: readonly Sums[], of: keyof Sums): number => sum(sums.map((each) => each[of]));

/** Each objective, and what it must give. */
const CASES: readonly [Chosen<Objective>, (sums: readonly Sums[]) => number][] = [
  [using(l2), (sums) => all(sums, 'distance')],
  [using(l2, { lossScale: 'mean' }), (sums) => mean(sums.map(({ distance }) => distance))],
  [using(cosine), (sums) => 1 - all(sums, 'dot') / Math.sqrt(all(sums, 'square') * all(sums, 'target'))],
  [
    using(squaredCosine),
    (sums) => 1 - (all(sums, 'dot') * Math.abs(all(sums, 'dot'))) / (all(sums, 'square') * all(sums, 'target')),
  ],
  [
    using(layerL2),
    (sums) => mean(sums.filter(({ target }) => target > 0).map(({ distance, target }) => distance / target)),
  ],
  [
    using(layerCosine),
    (sums) => mean(sums.map(({ dot, square, target }) => 1 - (target === 0 ? 0 : dot / Math.sqrt(square * target)))),
  ],
];

test('every objective is in the suite', () => {
  expect([...new Set(CASES.map(([{ part }]) => part.name))]).toEqual(OBJECTIVES.names);
});

interface Point {
  readonly model: Classifier;
  readonly weights: NamedTensors;
  /** Of all candidates, [images, C, H, W]. */
  readonly x: Float32Array;
  readonly labels: readonly number[];
}

function pointOf(model: Classifier, images: number): Point {
  const labels = Array.from({ length: images }, (_, i) => i % model.classes);
  return { model, weights: weightsOf(model), x: seeded(4).normals(images * sizeOf(model.inputShape)), labels };
}

type Change = Omit<MatchingProblem, 'model' | 'generator'>;
type Outputs = Readonly<Record<'match' | 'loss' | 'grad', Float32Array>>;

/** Opens the program once for `use`, which evaluates it wherever it likes. */
async function opened<T>(
  { model, weights, labels }: Omit<Point, 'x'>,
  updates: readonly NamedTensors[],
  change: Change,
  use: (evaluate: (x: Float32Array) => Promise<Outputs>) => Promise<T>,
): Promise<T> {
  const problem: MatchingProblem = { model, generator: null, ...change };
  const session = await openSession(matchingProgram(problem), {
    bound: valuesByName(matchingTensors(problem, { weights, updates })),
  });
  const label = oneHotRows(labels, labels.length, model.classes);
  try {
    return await use(async (x) => (await session.run({ x, label })) as Outputs);
  } finally {
    await session.release();
  }
}

const evaluate = ({ x, ...point }: Point, updates: readonly NamedTensors[], change: Change): Promise<Outputs> =>
  opened(point, updates, change, (at) => at(x));

const small = classifier('lenet', { classes: 3, resolution: 12 });
const smooth = residual(7, 3);

const named = CASES.map(
  ([objective, want]) => [`${objective.part.name} ${JSON.stringify(objective.params)}`, objective, want] as const,
);

describe.each(named)('%s', (_, objective, want) => {
  test.each([
    ['convolutions with bias', small],
    ['batch norm folded into convolutions', smooth],
  ] as const)('is what plain loops give, for each candidate and in every form: %s', async (_what, model) => {
    const [population, batch] = [2, 2];
    const point = pointOf(model, population * batch);
    const update = updateOf(model);
    const size = batch * sizeOf(model.inputShape);
    const expected: number[] = [];
    for (let n = 0; n < population; n++) {
      const images = Array.from({ length: batch }, (_i, k) =>
        point.x.slice(n * size + (k * size) / batch, n * size + ((k + 1) * size) / batch),
      );
      const labels = point.labels.slice(n * batch, (n + 1) * batch);
      const { gradient } = await computeGradient({ model, weights: point.weights, images, labels });
      expected.push(want(sumsOf(gradient, update)));
    }
    for (const form of FORMS) {
      const { match } = await evaluate(point, [update], { objective, population, batch, form });
      for (const [n, value] of expected.entries())
        expect(Math.abs((match[n] as number) / value - 1)).toBeLessThan(1e-4);
    }
  });

  test('its gradient is the slope of its values, in every form', async () => {
    const point = pointOf(smooth, 1);
    const update = updateOf(smooth);
    const random = seeded(5).normals(point.x.length);
    for (const form of FORMS) {
      await opened(point, [update], { objective, population: 1, form }, async (at) => {
        const { grad } = await at(point.x);
        const steepest = Math.sqrt(grad.reduce((square, value) => square + value * value, 0));
        const towards = grad.map((value) => value / steepest);
        // Along the gradient, where an error of its length shows, and half across it, where one of its direction does.
        const across = towards.map((value, i) => value + (random[i] as number) / Math.sqrt(grad.length));
        for (const direction of [towards, across]) {
          const step = 0.02;
          const value = async (h: number) =>
            (await at(point.x.map((x, i) => x + h * (direction[i] as number)))).match[0] as number;
          const slope = ((await value(step)) - (await value(-step))) / (2 * step);
          const along = grad.reduce((dot, each, i) => dot + each * (direction[i] as number), 0);
          expect(Math.abs(slope / along - 1)).toBeLessThan(1e-2);
        }
      });
    }
  });

  test('compares each candidate with its own update', async () => {
    const point = pointOf(small, 2);
    const first = updateOf(small);
    const second: NamedTensors = new Map(
      [...first].map(([name, { shape, data }]) => [name, { shape, data: data.map((v, i) => (i % 2 ? -v : 2 * v)) }]),
    );
    const transforms = [{ kind: 'identity' }, { kind: 'identity' }] as const;
    const size = sizeOf(small.inputShape);
    for (const form of FORMS) {
      const both = await evaluate(point, [first, second], { objective, population: 2, form, transforms });
      for (const [n, update] of [first, second].entries()) {
        const own = { ...point, x: point.x.slice(n * size, (n + 1) * size), labels: point.labels.slice(n, n + 1) };
        const alone = await evaluate(own, [update], { objective, population: 1, form });
        expect(Math.abs((both.match[n] as number) / (alone.match[0] as number) - 1)).toBeLessThan(1e-4);
      }
    }
  });
});

test('an update without a trace of some tensor has a finite distance and gradient, to which that tensor adds nothing', async () => {
  const point = pointOf(small, 1);
  const update = updateOf(small);
  update.get('body.2.weight')?.data.fill(0);
  const { gradient } = await computeGradient({ ...point, images: [point.x], labels: point.labels });
  const sums = sumsOf(gradient, update);
  for (const [objective, want] of CASES.filter(([{ part }]) => part.asks === 'per-tensor')) {
    for (const form of FORMS) {
      const { match, grad } = await evaluate(point, [update], { objective, population: 1, form });
      expect(Math.abs((match[0] as number) / want(sums) - 1)).toBeLessThan(1e-4);
      expect(grad.every(Number.isFinite)).toBe(true);
    }
  }
});

test.each([cosine, squaredCosine])(
  '$name: rounding that leaves nothing of ||g||^2 makes no candidate the best',
  (objective) => {
    // A ghost's ||g||^2 is a sum of large terms: of a candidate that the model is sure of, rounding may leave 0, or less.
    for (const square of [-1e-12, 0, 1e-40, 1e-30]) {
      for (const dot of [-1e-11, 0, 1e-11]) {
        const value = tf.tidy(() => {
          const sums = {
            square: tf.tensor([square]),
            dot: tf.tensor([dot]),
            target: tf.tensor([4]),
            distance: tf.tensor([4]),
          };
          return objective.distance({ ...sums, tensors: 62 }, {}).dataSync()[0] as number;
        });
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(2);
      }
    }
  },
);

/** An objective that nobody ships: the squared distance once more, but from each tensor's own. */
const added = defineObjective({
  name: 'added',
  summary: 'squared errors, tensor by tensor',
  params: z.strictObject({}),
  asks: 'per-tensor',
  distance: ({ distance }) => tf.sum(distance, 1),
});

describe('the sums of single tensors add up to those of all', () => {
  const mask = Uint8Array.from({ length: 12 * 12 * 5 * 5 }, (_, i) => Number(i % 3 === 0));
  test.each<[string, Transform]>([
    ['as it is', { kind: 'identity' }],
    ['clipped', { kind: 'scale-to-norm', scope: 'global', bounds: 0.2 }],
    ['clipped layer by layer', { kind: 'scale-to-norm', scope: 'layer', bounds: 0.05 }],
    ['masked', { kind: 'mask', masks: new Map([['body.2.weight', mask]]) }],
  ])('%s', async (_, transform) => {
    const point = pointOf(small, 1);
    for (const form of FORMS) {
      const of = (objective: Chosen<Objective>) =>
        evaluate(point, [updateOf(small)], { objective, population: 1, form, transforms: [transform] });
      const [one, other] = [await of(using(added)), await of(using(l2))];
      expect(Math.abs((one.match[0] as number) / (other.match[0] as number) - 1)).toBeLessThan(1e-4);
      const scale = Math.max(...other.grad.map(Math.abs));
      one.grad.forEach((value, i) => {
        expect(Math.abs(value - (other.grad[i] as number)) / scale).toBeLessThan(1e-4);
      });
    }
  });
});
