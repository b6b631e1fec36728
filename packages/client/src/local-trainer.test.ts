import { type Dataset, openDataset } from '@leakscope/data';
import { type DefensePlan, parseDefense } from '@leakscope/defenses';
import { classifier } from '@leakscope/models';
import { seeded } from '@leakscope/shared/random';
import { digestTensors, globalNorm, type NamedTensors, squaredNorm } from '@leakscope/shared/tensors';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { examplesAt } from './example-order.ts';
import { horizontalFlip } from './flip.ts';
import { LocalTrainer, type LocalTraining } from './local-trainer.ts';
import { SessionPool } from './session-pool.ts';

const model = classifier('lenet', { classes: 2, resolution: 16 });
const weights = model.initialise(seeded(1, 'weights'));
const shard = [20, 21, 22, 23, 24, 25, 26];
const plain: LocalTraining = {
  algorithm: 'fedsgd',
  batchSize: 2,
  localSteps: 1,
  batchNorm: 'frozen',
  learningRate: 0.1,
  momentum: 0,
  weightDecay: 0,
  proximal: 0,
  flip: false,
};
const task = { stage: 'only', round: 0, position: 0, weights };

let dataset: Dataset;
const trainers: LocalTrainer[] = [];
beforeAll(async () => {
  dataset = await openDataset({
    source: 'synthetic-faces',
    resolution: 16,
    sizes: { public: 10, clients: 40, evaluation: 10 },
  });
});
afterAll(async () => {
  for (const trainer of trainers) await trainer.release();
  await dataset.close();
});

async function trainerFor(
  defense: string | DefensePlan = 'none',
  changes: { clientId?: string; shard?: number[]; sessions?: SessionPool } = {},
) {
  const plan = typeof defense === 'string' ? await parseDefense(defense) : defense;
  const trainer = new LocalTrainer({
    clientId: 'a',
    seed: 5,
    model,
    dataset,
    shard,
    defense: plan,
    executor: 'onnx',
    threads: 1,
    ...changes,
  });
  trainers.push(trainer);
  return trainer;
}

/** ||a - b|| / ||b||. */
function relativeError(a: NamedTensors, b: NamedTensors): number {
  let square = 0;
  for (const [name, { data }] of b)
    square += squaredNorm(data.map((value, i) => value - (a.get(name)?.data[i] ?? Number.NaN)));
  return Math.sqrt(square) / globalNorm(b);
}

test('takes its examples in the order of the seed, and tells which', async () => {
  const { examples, update } = await (await trainerFor()).train({ ...task, position: 2, training: plain });
  const expected = examplesAt({ seed: 5, clientId: 'a', shard }, 4, 2);
  expect(examples.map(({ index }) => index)).toEqual(expected);
  expect([...update.keys()]).toEqual(model.parameters.map(({ name }) => name));
});

test('the same task gives the same bits in another process, noise included', async () => {
  const [first, second] = await Promise.all([trainerFor('noise:sigma=0.3'), trainerFor('noise:sigma=0.3')]);
  const [a, b] = [await first.train({ ...task, training: plain }), await second.train({ ...task, training: plain })];
  expect(digestTensors(a.update)).toBe(digestTensors(b.update));
  const next = await first.train({ ...task, round: 1, position: 1, training: plain });
  expect(digestTensors(next.update)).not.toBe(digestTensors(a.update));
});

test('rounds that overlap do not disturb each other', async () => {
  const trainer = await trainerFor();
  const alone = await trainer.train({ ...task, training: plain });
  const [together] = await Promise.all([
    trainer.train({ ...task, training: plain }),
    trainer.train({ ...task, round: 1, position: 1, training: plain }),
  ]);
  expect(digestTensors(together.update)).toBe(digestTensors(alone.update));
});

test('the mean over clients is the gradient of the pooled batch', async () => {
  const [a, b] = [await trainerFor('none', { shard: [20, 21] }), await trainerFor('none', { shard: [22, 23] })];
  const updates = [a, b].map((trainer) => trainer.train({ ...task, training: plain }));
  const [left, right] = (await Promise.all(updates)).map(({ update }) => update) as [NamedTensors, NamedTensors];
  const pooled = await (await trainerFor('none', { shard: [20, 21, 22, 23] })).train({
    ...task,
    training: { ...plain, batchSize: 4 },
  });
  const mean: NamedTensors = new Map(
    [...left].map(([name, { shape, data }]) => [
      name,
      { shape, data: data.map((value, i) => (value + (right.get(name)?.data[i] ?? Number.NaN)) / 2) },
    ]),
  );
  expect(relativeError(mean, pooled.update)).toBeLessThan(1e-5);
});

test('one plain FedAvg step is minus the learning rate times the FedSGD gradient', async () => {
  const trainer = await trainerFor();
  const { update: gradient } = await trainer.train({ ...task, training: plain });
  const { update: delta } = await trainer.train({ ...task, training: { ...plain, algorithm: 'fedavg' } });
  const scaled: NamedTensors = new Map(
    [...gradient].map(([name, { shape, data }]) => [name, { shape, data: data.map((value) => -0.1 * value) }]),
  );
  expect(relativeError(delta, scaled)).toBeLessThan(1e-4);
});

test('local training lowers the loss, and FedProx stays nearer to the round’s weights', async () => {
  const trainer = await trainerFor('none', { shard: [20, 21] });
  const steps: LocalTraining = { ...plain, algorithm: 'fedavg', localSteps: 8, learningRate: 0.5 };
  const before = await trainer.train({ ...task, training: plain });
  const free = await trainer.train({ ...task, training: steps });
  expect(free.loss).toBeLessThan(before.loss);
  const held = await trainer.train({ ...task, training: { ...steps, algorithm: 'fedprox', proximal: 1 } });
  expect(globalNorm(held.update)).toBeLessThan(globalNorm(free.update));
});

describe('a defence that acts on', () => {
  /** Halves what it is given, and counts. */
  function halving(hook: 'example' | 'step' | 'update') {
    const calls: string[] = [];
    const plan: DefensePlan = {
      text: `halving-${hook}`,
      steps: [],
      uses: (asked) => asked === hook,
      async apply(update, context, asked = 'update') {
        if (asked !== hook) return new Map(update);
        calls.push(String(context.random('x').bits()));
        return new Map([...update].map(([name, { shape, data }]) => [name, { shape, data: data.map((v) => v / 2) }]));
      },
      attackerView: () => ({ kind: 'identity' }),
      claims: () => [],
    };
    return { plan, calls };
  }

  test.each([
    ['example', 2],
    ['step', 1],
    ['update', 1],
  ] as const)('each %s sees each of them once, with its own randomness', async (hook, times) => {
    const { plan, calls } = halving(hook);
    const { update } = await (await trainerFor(plan)).train({ ...task, training: plain });
    const { update: whole } = await (await trainerFor()).train({ ...task, training: plain });
    const half: NamedTensors = new Map(
      [...whole].map(([name, { shape, data }]) => [name, { shape, data: data.map((v) => v / 2) }]),
    );
    expect(relativeError(update, half)).toBeLessThan(1e-5);
    expect(calls.length).toBe(times);
    expect(new Set(calls).size).toBe(times);
  });

  test('examples cannot with coupled batches', async () => {
    const trainer = await trainerFor(halving('example').plan);
    await expect(trainer.train({ ...task, training: { ...plain, batchNorm: 'train' } })).rejects.toMatchObject({
      code: 'CLIENT_EXAMPLES_COUPLED',
    });
  });
});

test('dp clips each example, and its noise shrinks with their number', async () => {
  const one = await trainerFor('dp:bound=0.01,noiseMultiplier=0', { shard: [20] });
  const { update: clipped } = await one.train({ ...task, training: { ...plain, batchSize: 1 } });
  expect(globalNorm(clipped)).toBeCloseTo(0.01, 6);
  const spread = async (batchSize: number): Promise<number> => {
    const trainer = await trainerFor('dp:bound=0.01,noiseMultiplier=1000', { shard: [20, 21, 22, 23] });
    const { update } = await trainer.train({ ...task, training: { ...plain, batchSize } });
    return globalNorm(update);
  };
  expect((await spread(1)) / (await spread(4))).toBeCloseTo(4, 1);
});

test('Soteria gets its sensitivities', async () => {
  const { update } = await (await trainerFor('soteria:fraction=0.8,tensor=fc.0.weight')).train({
    ...task,
    training: { ...plain, batchSize: 1 },
  });
  const head = update.get('fc.0.weight');
  const features = model.featureCount;
  const dead = Array.from({ length: features }, (_, j) => j).filter((j) =>
    [0, 1].every((row) => head?.data[row * features + j] === 0),
  );
  expect(dead.length / features).toBeCloseTo(0.8, 1);
});

test('clients of one process share what is compiled, and do not disturb each other', async () => {
  const sessions = new SessionPool();
  const steps: LocalTraining = { ...plain, algorithm: 'fedavg', localSteps: 3, momentum: 0.9 };
  const alone = await Promise.all(['a', 'b'].map((clientId) => trainerFor('none', { clientId })));
  const hosted = await Promise.all(['a', 'b'].map((clientId) => trainerFor('none', { clientId, sessions })));
  const digests = async (trainers: LocalTrainer[]): Promise<string[]> =>
    (await Promise.all(trainers.map((trainer) => trainer.train({ ...task, training: steps })))).map(({ update }) =>
      digestTensors(update),
    );
  const expected = await digests(alone);
  expect(new Set(expected).size).toBe(2);
  expect(await digests(hosted)).toEqual(expected);
  await hosted[0]?.release();
  expect(await digests(hosted)).toEqual(expected);
  await sessions.release();
});

test('an abort ends the round with its reason, a shard without examples is refused', async () => {
  const trainer = await trainerFor();
  const reason = new Error('moved on');
  await expect(trainer.train({ ...task, training: plain }, AbortSignal.abort(reason))).rejects.toBe(reason);
  await expect(trainerFor('none', { shard: [] })).rejects.toMatchObject({ code: 'CLIENT_SHARD_EMPTY' });
});

test('a diverged update does not leave the client', async () => {
  const trainer = await trainerFor();
  const steps: LocalTraining = { ...plain, algorithm: 'fedavg', localSteps: 4, weightDecay: 1e38 };
  await expect(trainer.train({ ...task, training: steps })).rejects.toMatchObject({ code: 'CLIENT_DIVERGED' });
});

test('flipping mirrors each row and keeps the rest', async () => {
  const example = await dataset.example(20);
  const flipped = horizontalFlip(example, 16);
  expect(flipped.image[0]).toBe(example.image[15]);
  expect(flipped.image[3 * 256 - 1]).toBe(example.image[3 * 256 - 16]);
  expect(horizontalFlip(flipped, 16)).toEqual(example);
  const trainer = await trainerFor();
  const { examples } = await trainer.train({ ...task, training: { ...plain, batchSize: 7, flip: true } });
  const originals = await Promise.all(examples.map(({ index }) => dataset.example(index)));
  const turned = examples.filter(({ image }, i) => image[5] !== originals[i]?.image[5]).length;
  expect(turned).toBeGreaterThan(0);
  expect(turned).toBeLessThan(7);
});
