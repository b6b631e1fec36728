import { IDENTITY, type Transform } from '@leakscope/defenses';
import { compile, openSession } from '@leakscope/engine';
import { gradients } from '@leakscope/engine/ops';
import * as tf from '@leakscope/engine/tf';
import { type Classifier, classifier, generator, lossAndGradient } from '@leakscope/models';
import { seeded } from '@leakscope/shared/random';
import { type NamedTensors, sizeOf } from '@leakscope/shared/tensors';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { using } from '../contract/part.ts';
import { type ConvSizes, cheaperForm, formOf, LARGEST_GRAM } from './cost.ts';
import { residual, updateOf, weightsOf } from './models.fixture.ts';
import { cosine } from './objectives/cosine.ts';
import { l2 } from './objectives/l2.ts';
import type { MatchingForm, MatchingProblem } from './problem.ts';
import { matchingProgram, matchingTensors, searchedInput, searchedShape } from './program.ts';
import { norm } from './regularisers/norm.ts';
import { defineRegulariser } from './regularisers/regulariser.ts';

type Values = Record<string, Float32Array>;
const FORMS: readonly MatchingForm[] = ['explicit', 'ghost', 'auto'];

const labelsOf = (images: number, classes: number): Float32Array =>
  Float32Array.from({ length: images * classes }, (_, i) =>
    i % classes === Math.floor(i / classes) % classes ? 1 : 0,
  );

const plain = (tensors: NamedTensors): Values =>
  Object.fromEntries([...tensors].map(([name, { data }]) => [name, data]));

async function evaluate(
  problem: MatchingProblem,
  searched: Float32Array,
  weights: NamedTensors,
  prior?: NamedTensors,
): Promise<Values> {
  const update = updateOf(problem.model);
  const knowledge = { weights, updates: [update], ...(prior && { generatorWeights: prior }) };
  const session = await openSession(matchingProgram(problem), { bound: plain(matchingTensors(problem, knowledge)) });
  const label = labelsOf(searchedShape(problem)[0] as number, problem.model.classes);
  const outputs = await session.run({ [searchedInput(problem)]: searched, label });
  await session.release();
  return outputs;
}

/** The squared distance and its gradient in x by tfjs alone: every gradient built, twice differentiated, nothing folded. */
async function reference(
  model: Classifier,
  x: Float32Array,
  images: number,
  weights: NamedTensors,
  apply: (g: Record<string, tf.Tensor>) => Record<string, tf.Tensor>,
  mode: 'eval' | 'train' = 'eval',
): Promise<Values> {
  const update = updateOf(model);
  const program = compile({
    name: `matching-test/${model.name}/${images}/${mode}/${apply.toString()}`,
    inputs: { x: [images, ...model.inputShape], label: [images, model.classes] },
    bound: Object.fromEntries([
      ...[...weights].map(([name, { shape }]): [string, readonly number[]] => [`theta/${name}`, shape]),
      ...[...update].map(([name, { shape }]): [string, readonly number[]] => [`y/${name}`, shape]),
    ]),
    fn: (tensors) => {
      const theta = Object.fromEntries(
        [...weights.keys()].map((name) => [name, tensors[`theta/${name}`] as tf.Tensor]),
      );
      const { value, grads } = gradients(
        (candidate) => {
          const pass = lossAndGradient(model, theta, candidate as tf.Tensor, tensors.label as tf.Tensor, mode);
          const g = apply(pass.gradient);
          return tf.addN(
            model.parameters.map(({ name }) =>
              tf.sum(tf.square(tf.sub(g[name] as tf.Tensor, tensors[`y/${name}`] as tf.Tensor))),
            ),
          );
        },
        [tensors.x as tf.Tensor],
      );
      return { outputs: { loss: value, grad: grads[0] as tf.Tensor } };
    },
  });
  const bound = Object.fromEntries([
    ...[...weights].map(([name, { data }]): [string, Float32Array] => [`theta/${name}`, data]),
    ...[...update].map(([name, { data }]): [string, Float32Array] => [`y/${name}`, data]),
  ]);
  const session = await openSession(program, { bound });
  const outputs = await session.run({ x, label: labelsOf(images, model.classes) });
  await session.release();
  return outputs;
}

const length = (values: ArrayLike<number>): number => Math.sqrt(Array.from(values).reduce((sum, v) => sum + v * v, 0));
const relative = (got: Float32Array | undefined, want: Float32Array | undefined): number =>
  length((want as Float32Array).map((value, i) => value - ((got as Float32Array)[i] as number))) /
  length(want as Float32Array);

function expectSame(got: Values, want: Values): void {
  expect(relative(got.loss, want.loss)).toBeLessThan(1e-5);
  expect(relative(got.grad, want.grad)).toBeLessThan(1e-4);
}

const small = classifier('lenet', { classes: 3, resolution: 12 });
const folded = residual(7, 3);
const base = { generator: null, population: 1, objective: using(l2) };

describe('every form equals twice-differentiated explicit gradients', () => {
  test.each([
    ['convolutions with bias', small, 1],
    ['a batch', small, 2],
    ['batch norm folded into convolutions', folded, 1],
  ] as const)(
    '%s',
    async (_, model, batch) => {
      const weights = weightsOf(model);
      const x = seeded(4).normals(batch * sizeOf(model.inputShape));
      const want = await reference(model, x, batch, weights, (g) => g);
      for (const form of FORMS) expectSame(await evaluate({ ...base, model, batch, form }, x, weights), want);
    },
    120_000,
  );

  test('batch norm by the batch itself', async () => {
    const weights = weightsOf(folded);
    const x = seeded(4).normals(4 * sizeOf(folded.inputShape));
    const want = await reference(folded, x, 4, weights, (g) => g, 'train');
    for (const form of ['auto', 'explicit'] as const) {
      expectSame(await evaluate({ ...base, model: folded, batch: 4, form, statistics: 'batch' }, x, weights), want);
    }
  }, 120_000);
});

/** A mask of `small`'s tensor. */
const maskOf = (name: string, keep: (i: number) => boolean): Uint8Array =>
  Uint8Array.from(
    { length: sizeOf((small.parameters.find((p) => p.name === name) as { shape: readonly number[] }).shape) },
    (_, i) => (keep(i) ? 1 : 0),
  );

test.each(FORMS)('each candidate of a population has the loss and gradient that it has alone (%s)', async (form) => {
  const weights = weightsOf(small);
  const size = 2 * sizeOf(small.inputShape);
  const x = seeded(5).normals(3 * size);
  const together = await evaluate({ ...base, model: small, population: 3, batch: 2, form }, x, weights);
  for (let n = 0; n < 3; n++) {
    // Labels repeat with the images of one candidate only where 2 n images are a multiple of the 3 classes.
    const problem: MatchingProblem = { ...base, model: small, population: 3, batch: 2, form };
    const repeated = new Float32Array(3 * size);
    for (let k = 0; k < 3; k++) repeated.set(x.subarray(n * size, (n + 1) * size), k * size);
    const alone = await evaluate(problem, repeated, weights);
    expect(relative(together.loss?.subarray(n, n + 1), alone.loss?.subarray(n, n + 1))).toBeLessThan(1e-5);
    expect(
      relative(together.grad?.subarray(n * size, (n + 1) * size), alone.grad?.subarray(n * size, (n + 1) * size)),
    ).toBeLessThan(1e-4);
  }
});

describe('updates of one round', () => {
  const weights = weightsOf(small);
  const size = sizeOf(small.inputShape);
  const updates = [0, 1].map(
    (client): NamedTensors =>
      new Map(
        [...updateOf(small)].map(([name, { shape, data }]) => {
          const other = seeded(9, client, name).normals(data.length);
          return [name, { shape, data: data.map((v, i) => v + 0.05 * (other[i] as number)) }];
        }),
      ),
  );
  const masks = (from: number): Transform => ({
    kind: 'mask',
    masks: new Map([['body.2.weight', maskOf('body.2.weight', (i) => i % 3 === from)]]),
  });
  const clip = (bounds: number): Transform => ({ kind: 'scale-to-norm', scope: 'global', bounds });
  const clips = (bound: number): Transform => ({
    kind: 'scale-to-norm',
    scope: 'layer',
    bounds: { 'fc.0.weight': bound },
  });
  const columns = (from: number): Transform => ({
    kind: 'columns',
    tensor: 'fc.0.weight',
    keep: Uint8Array.from({ length: small.featureCount }, (_, i) => Number(i % 2 === from)),
  });
  const views: [string, Transform[]][] = [
    ['as they are', [IDENTITY, IDENTITY]],
    ['clipped by bounds of their own', [clip(0.2), clip(0.1)]],
    ['a tensor clipped', [clips(0.04), clips(0.02)]],
    ['masked', [masks(0), masks(1)]],
    ['columns', [columns(0), columns(1)]],
  ];
  const cases = views.flatMap(([what, transforms]) =>
    FORMS.flatMap((form) => [1, 2].map((starts) => ({ what, transforms, form, starts }))),
  );

  const squareOf = (update: NamedTensors): number => length([...update.values()].flatMap(({ data }) => [...data])) ** 2;

  test.each(cases)('$what, $form, $starts starts each: as alone', async ({ transforms, form, starts }) => {
    const batch = 2;
    const population = 2 * starts;
    const x = seeded(5).normals(population * batch * size);
    const label = labelsOf(population * batch, small.classes);
    const run = async (problem: MatchingProblem, of: readonly NamedTensors[], from: number): Promise<Values> => {
      const images = problem.population * batch;
      const bound = plain(matchingTensors(problem, { weights, updates: of }));
      const session = await openSession(matchingProgram(problem), { bound });
      const outputs = await session.run({
        x: x.subarray(from * batch * size, (from * batch + images) * size),
        label: label.subarray(from * batch * small.classes, (from * batch + images) * small.classes),
      });
      await session.release();
      return outputs;
    };
    for (const objective of [using(l2), using(cosine)]) {
      const problem: MatchingProblem = {
        model: small,
        generator: null,
        objective,
        form,
        batch,
        population,
        transforms,
      };
      const loss = objective.part.name;
      const together = await run(problem, updates, 0);
      for (const [i, update] of updates.entries()) {
        const own = transforms.slice(i, i + 1);
        const alone = await run({ ...problem, population: starts, transforms: own }, [update], i * starts);
        for (const [name, want] of Object.entries(alone)) {
          const got = together[name]?.subarray(i * want.length, (i + 1) * want.length);
          // Built gradients give ||g||^2 and <g, y>, and so cosines, as differences of sums as large as ||y||^2.
          const share = name.startsWith('g_') ? length(want) / (length(want) + squareOf(update)) : 1;
          const tolerance = loss === 'cosine' ? 1e-3 : 1e-4;
          expect(share * relative(got, want), `${loss} ${name} of update ${i}`).toBeLessThan(tolerance);
        }
      }
    }
  });

  test('that are not of one model are refused', () => {
    const problem: MatchingProblem = { ...base, model: small, population: 2, transforms: [IDENTITY, IDENTITY] };
    const other = new Map([...(updates[0] as NamedTensors)].slice(1));
    expect(() => matchingTensors(problem, { weights, updates: [updates[0] as NamedTensors, other] })).toThrow(
      /update 1 has another/,
    );
  });
});

describe('transforms', () => {
  const weights = weightsOf(small);
  const x = seeded(6).normals(sizeOf(small.inputShape));
  const total = (g: Record<string, tf.Tensor>): tf.Tensor => tf.addN(Object.values(g).map((v) => tf.sum(tf.square(v))));
  const each = (
    g: Record<string, tf.Tensor>,
    f: (v: tf.Tensor, name: string) => tf.Tensor,
  ): Record<string, tf.Tensor> => Object.fromEntries(Object.entries(g).map(([name, v]) => [name, f(v, name)]));
  const third = maskOf('body.2.weight', (i) => i % 3 === 0);
  const columns = Uint8Array.from({ length: small.featureCount }, (_, i) => (i % 2 ? 1 : 0));
  const cut = (v: tf.Tensor, bound: number): tf.Tensor =>
    tf.mul(v, tf.minimum(1, tf.div(bound, tf.sqrt(tf.sum(tf.square(v))))));
  const cases: [string, Transform, (g: Record<string, tf.Tensor>) => Record<string, tf.Tensor>][] = [
    ['identity', IDENTITY, (g) => g],
    [
      'global clip',
      { kind: 'scale-to-norm', scope: 'global', bounds: 0.2 },
      (g) => each(g, (v) => tf.mul(v, tf.minimum(1, tf.div(0.2, tf.sqrt(total(g)))))),
    ],
    [
      'global clip out of reach',
      { kind: 'scale-to-norm', scope: 'global', bounds: 1e6 },
      (g) => each(g, (v) => tf.mul(v, 1)),
    ],
    [
      'clip of each tensor',
      { kind: 'scale-to-norm', scope: 'layer', bounds: 0.05 },
      (g) => each(g, (v) => cut(v, 0.05)),
    ],
    [
      'clip of one tensor',
      { kind: 'scale-to-norm', scope: 'layer', bounds: { 'fc.0.weight': 0.04 } },
      (g) => each(g, (v, name) => (name === 'fc.0.weight' ? cut(v, 0.04) : v)),
    ],
    [
      'mask',
      { kind: 'mask', masks: new Map([['body.2.weight', third]]) },
      (g) =>
        each(g, (v, name) =>
          name === 'body.2.weight' ? tf.mul(v, tf.reshape(tf.tensor1d(Float32Array.from(third)), v.shape)) : v,
        ),
    ],
    [
      'columns',
      { kind: 'columns', tensor: 'fc.0.weight', keep: columns },
      (g) =>
        each(g, (v, name) =>
          name === 'fc.0.weight' ? tf.mul(v, tf.reshape(tf.tensor1d(Float32Array.from(columns)), [1, -1])) : v,
        ),
    ],
    [
      'sequence',
      {
        kind: 'sequence',
        steps: [
          { kind: 'mask', masks: new Map([['body.2.weight', third]]) },
          { kind: 'scale-to-norm', scope: 'global', bounds: 0.1 },
        ],
      },
      (g) => {
        const m = each(g, (v, name) =>
          name === 'body.2.weight' ? tf.mul(v, tf.reshape(tf.tensor1d(Float32Array.from(third)), v.shape)) : v,
        );
        return each(m, (v) => tf.mul(v, tf.minimum(1, tf.div(0.1, tf.sqrt(total(m))))));
      },
    ],
    [
      'function',
      { kind: 'function', name: 'halve', apply: (g) => each(g, (v) => tf.mul(v, 0.5)) },
      (g) => each(g, (v) => tf.mul(v, 0.5)),
    ],
  ];
  test.each(cases)('%s', async (_, transform, apply) => {
    const want = await reference(small, x, 1, weights, apply);
    for (const form of FORMS)
      expectSame(await evaluate({ ...base, model: small, transforms: [transform], form }, x, weights), want);
  });

  test('a clipped distance follows from the cosine distance', async () => {
    const bounds = 0.02;
    const clip: Transform = { kind: 'scale-to-norm', scope: 'global', bounds };
    const angle = await evaluate({ ...base, model: small, objective: using(cosine), form: 'ghost' }, x, weights);
    const clipped = await evaluate({ ...base, model: small, transforms: [clip], form: 'ghost' }, x, weights);
    const y = length([...updateOf(small).values()].flatMap(({ data }) => [...data]));
    const g = Math.sqrt(angle.g_sq?.[0] as number);
    expect(g).toBeGreaterThan(bounds);
    // y itself stays as it was intercepted: ||S g/||g|| - y||^2 = S^2 - 2 S <g, y>/||g|| + ||y||^2.
    const alignment = 1 - (angle.match?.[0] as number);
    expect(clipped.match?.[0]).toBeCloseTo(bounds ** 2 - 2 * bounds * alignment * y + y ** 2, 4);
  });
});

test('through a generator: the gradient is that of z, the regulariser is added, the mean is a share of the sum', async () => {
  const prior = generator('ggl-wgan32');
  const model = classifier('lenet', { classes: 3, resolution: 32 });
  const [weights, generatorWeights] = [weightsOf(model), weightsOf(prior)];
  const z = seeded(7).normals(2 * prior.latent);
  const problem: MatchingProblem = { ...base, model, generator: prior, population: 2 };
  const bare = await evaluate(problem, z, weights, generatorWeights);
  const pulled = await evaluate(
    { ...problem, regularisers: [using(norm, { regulariserWeight: 1e-4 })] },
    z,
    weights,
    generatorWeights,
  );
  for (let n = 0; n < 2; n++) {
    const own = z.subarray(n * prior.latent, (n + 1) * prior.latent);
    const excess = length(own) ** 2 - prior.latent;
    expect((pulled.loss?.[n] as number) - (bare.loss?.[n] as number)).toBeCloseTo(1e-4 * excess ** 2, 3);
    own.forEach((value, i) => {
      const at = n * prior.latent + i;
      expect((pulled.grad?.[at] as number) - (bare.grad?.[at] as number)).toBeCloseTo(4e-4 * excess * value, 3);
    });
  }
  const mean = await evaluate(
    { ...problem, objective: using(l2, { lossScale: 'mean' }) },
    z,
    weights,
    generatorWeights,
  );
  const tensors = model.parameters.length;
  expect(
    relative(
      mean.match?.map((value) => value * tensors),
      bare.match,
    ),
  ).toBeLessThan(1e-6);
  const value = await evaluate({ ...problem, valueOnly: true }, z, weights, generatorWeights);
  expect(value.grad).toBeUndefined();
  expect(relative(value.loss, bare.loss)).toBeLessThan(1e-6);
});

/** Mean square of a candidate's images: small where they are grey. */
const grey = defineRegulariser({
  name: 'grey',
  summary: 'mean square of the pixels',
  params: z.strictObject({ greyWeight: z.number() }),
  penalty: {
    of: 'images',
    value: (images) => tf.mean(tf.square(images), [1, 2, 3]),
    weight: ({ greyWeight }) => greyWeight,
  },
});

test('a regulariser of images sees them where pixels are searched, one of latents has nothing to see', async () => {
  const weights = weightsOf(small);
  const size = sizeOf(small.inputShape);
  const x = seeded(8).normals(2 * size);
  const problem: MatchingProblem = { ...base, model: small, batch: 2 };
  const bare = await evaluate(problem, x, weights);
  const pulled = await evaluate({ ...problem, regularisers: [using(grey, { greyWeight: 3 })] }, x, weights);
  const square = (from: number) => length(x.subarray(from, from + size)) ** 2 / size;
  expect((pulled.loss?.[0] as number) - (bare.loss?.[0] as number)).toBeCloseTo(3 * (square(0) + square(size)), 4);
  expect(pulled.match).toEqual(bare.match);
  x.forEach((value, i) => {
    expect((pulled.grad?.[i] as number) - (bare.grad?.[i] as number)).toBeCloseTo((6 * value) / size, 4);
  });
  expect(await evaluate({ ...problem, regularisers: [using(norm)] }, x, weights)).toEqual(bare);
});

test('the cost model builds gradients that are small beside their activations, and no others', () => {
  const layer = (positions: number, channels: number): ConvSizes => ({
    population: 1,
    inPositions: positions,
    outPositions: positions,
    inChannels: channels,
    outChannels: channels,
    taps: 9,
  });
  expect(cheaperForm(layer(1024, 64))).toBe('explicit');
  expect(cheaperForm(layer(64, 256))).toBe('ghost');
  expect(cheaperForm(layer(16, 512))).toBe('ghost');
});

test('a layer whose Gram matrices would not fit is explicit whatever is asked', () => {
  const first: ConvSizes = {
    population: 1,
    inPositions: 224 ** 2,
    outPositions: 112 ** 2,
    inChannels: 3,
    outChannels: 64,
    taps: 49,
  };
  const square = (positions: number, population = 1): ConvSizes => ({
    ...first,
    population,
    inPositions: positions,
    outPositions: positions,
  });
  const largest = Math.sqrt(LARGEST_GRAM);
  for (const form of FORMS) expect(formOf(form, first)).toBe('explicit');
  expect(formOf('ghost', square(largest))).toBe('ghost');
  expect(formOf('ghost', square(largest + 1))).toBe('explicit');
  // Padding may leave more positions after a convolution than before it.
  expect(formOf('ghost', { ...square(1), outPositions: largest + 1 })).toBe('explicit');
  expect(formOf('ghost', square(largest / 2, 4))).toBe('ghost');
  expect(formOf('ghost', square(largest / 2, 5))).toBe('explicit');
  expect(formOf('explicit', square(1))).toBe('explicit');
});
