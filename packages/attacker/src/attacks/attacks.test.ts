/** One suite for every attack, then what is particular to GGL. */
import { parseDefense } from '@leakscope/defenses';
import { classifier } from '@leakscope/models';
import type { Measurements } from '@leakscope/shared/measurements';
import { parsePlugin } from '@leakscope/shared/plugin';
import { seeded } from '@leakscope/shared/random';
import { equalTensors, globalNorm, type NamedTensors } from '@leakscope/shared/tensors';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attackUpdate } from '../attack-update.ts';
import { reconstructionDetails, reconstructionTensors } from '../contract/reconstruction-file.ts';
import type { InterceptedUpdate } from '../contract/update.ts';
import { ATTACKS, parseAttack, threatModel } from '../registry.ts';
import { makeVictim, model, type Victim } from './victim.fixture.ts';

let victim: Victim;
beforeAll(async () => {
  victim = await makeVictim();
});
afterAll(() => victim.remove());

const intercepted = (update: NamedTensors = victim.gradient, change: Partial<InterceptedUpdate> = {}) => {
  return { update, weights: victim.weights, model, ...change };
};

const meanSquare = (a: Float32Array, b: Float32Array) =>
  a.reduce((sum, value, i) => sum + (value - (b[i] ?? 0)) ** 2 / a.length, 0);

const SHORT = [
  ['best', 'evaluations=200'],
  ['ggl', 'steps=6,restarts=2'],
  ['ggl', 'optimizer=cma-es,population=4,steps=3,restarts=2'],
  ['gifd', 'steps=3,restarts=2'],
  ['gias', 'steps=3,weightSteps=2,restarts=2'],
  ['dlg', 'steps=3,restarts=2'],
  ['idlg', 'steps=3,restarts=2'],
  ['ig', 'steps=3,restarts=2'],
  ['gi', 'steps=3,restarts=2'],
  ['analytic', 'steps=3,restarts=2'],
  ['prior-only', 'seed=4'],
] as const;

test('every attack is in the suite', () => {
  expect(ATTACKS.names).toEqual([...new Set(SHORT.map(([name]) => name))]);
});

describe.each(SHORT)('%s:%s', (name, params) => {
  /** Only some attacks have a prior. */
  const generatorOf = async () =>
    'generator' in (await ATTACKS.find(name, '.')).params.shape ? { generator: victim.generatorFile } : {};
  const plan = async () => {
    const { params: own } = parsePlugin(`${name}:${params}`, 'attack');
    return parseAttack({ name, params: { ...(await generatorOf()), ...own } });
  };

  test('gives one image and one label an example, in range', async () => {
    const two = await victim.gradientOf([victim.image, victim.image.map((value) => -value)], [0, 3]);
    const { largestBatch = 2 } = (await ATTACKS.find(name, '.')).requires;
    for (const [update, batchSize] of [
      [victim.gradient, 1],
      [two, 2],
    ] as const) {
      if (batchSize > largestBatch) continue;
      const { images, labels, latents } = await attackUpdate({
        attack: await plan(),
        update: intercepted(update, { batchSize }),
      });
      expect(images).toHaveLength(batchSize);
      expect(labels).toHaveLength(batchSize);
      if (latents !== undefined) expect(latents.map(({ length }) => length)).toEqual(new Array(batchSize).fill(128));
      for (const image of images) {
        expect(image).toHaveLength(3 * 32 * 32);
        expect(image.every((value) => Math.abs(value) <= 1)).toBe(true);
      }
    }
  });

  test('is a function of its input: twice the same bytes, and the input as it was', async () => {
    const update = new Map(victim.gradient);
    const [first, second] = [
      await attackUpdate({ attack: await plan(), update: intercepted(update) }),
      await attackUpdate({ attack: await plan(), update: intercepted(update) }),
    ];
    expect(Buffer.compare(reconstructionTensors(first), reconstructionTensors(second))).toBe(0);
    expect(reconstructionDetails(first)).toEqual(reconstructionDetails(second));
    expect(equalTensors(update, await victim.gradientOf([victim.image], [victim.label]))).toBe(true);
  });

  test('can be written as JSON without loss', async () => {
    const details = reconstructionDetails(await attackUpdate({ attack: await plan(), update: intercepted() }));
    expect(JSON.parse(JSON.stringify(details))).toEqual(details);
    expect(details).toMatchObject({ attack: name, params: await generatorOf() });
  });

  test('stops when it is told to', async () => {
    const attempt = attackUpdate({
      attack: await plan(),
      update: intercepted(),
      signal: AbortSignal.abort(new Error('stop')),
    });
    await expect(attempt).rejects.toThrow('stop');
  });

  test('refuses an update with NaN, with another shape, or with a tensor missing', async () => {
    const changed = async (change: (tensors: NamedTensors) => void) => {
      const update: NamedTensors = new Map(
        [...victim.gradient].map(([key, { shape, data }]) => [key, { shape, data: data.slice() }]),
      );
      change(update);
      return attackUpdate({ attack: await plan(), update: intercepted(update) });
    };
    await expect(changed((update) => update.get('body.0.weight')?.data.fill(Number.NaN, 7, 8))).rejects.toMatchObject({
      code: 'TENSORS_NOT_FINITE',
      details: { tensor: 'body.0.weight', index: 7 },
    });
    await expect(changed((update) => update.delete('fc.0.bias'))).rejects.toMatchObject({ code: 'TENSORS_MISSING' });
    const wrong = { shape: [1], data: new Float32Array(1) };
    await expect(changed((update) => update.set('fc.0.bias', wrong))).rejects.toMatchObject({
      code: 'TENSORS_SHAPE_MISMATCH',
    });
  });

  test('refuses weights, or a generator, of another model', async () => {
    await expect(
      attackUpdate({
        attack: await plan(),
        update: intercepted(undefined, { model: classifier('resnet18-imagenet') }),
      }),
    ).rejects.toMatchObject({ code: expect.stringMatching(/^(TENSORS|ATTACK_REFUSED)/) });
  });
});

describe('parseAttack', () => {
  test.each([
    ['dig', 'ATTACK_UNKNOWN', { value: 'dig' }],
    ['ggl:steps=0,generator=g', 'ATTACK_PARAMETER_INVALID', { field: 'steps', value: 0 }],
    ['ggl:steps=2.5,generator=g', 'ATTACK_PARAMETER_INVALID', { field: 'steps', value: 2.5 }],
    ['ggl:optimizer=sgd,generator=g', 'ATTACK_PART_UNKNOWN', { kind: 'optimiser', value: 'sgd' }],
    ['ggl:step=10,generator=g', 'ATTACK_PARAMETER_INVALID', { field: 'step', value: 10 }],
    ['ggl', 'ATTACK_PARAMETER_INVALID', { field: 'generator', value: undefined }],
    [
      'ggl:population=8,generator=g',
      'ATTACK_PARAMETER_INVALID',
      { field: 'population', value: 8, reason: 'ggl has no such parameter with optimizer=adam' },
    ],
    [
      'ggl:optimizer=cma-es,learningRate=1,generator=g',
      'ATTACK_PARAMETER_INVALID',
      { field: 'learningRate', value: 1 },
    ],
    [
      'ggl:loss=l3,generator=g',
      'ATTACK_PART_UNKNOWN',
      { value: 'l3', known: ['l2', 'cosine', 'squared-cosine', 'layer-l2', 'layer-cosine'], suggestion: 'l2' },
    ],
    [
      'ggl:loss=cosine,lossScale=mean,generator=g',
      'ATTACK_PARAMETER_INVALID',
      { field: 'lossScale', value: 'mean', reason: 'ggl has no such parameter with loss=cosine' },
    ],
    [
      'ggl:regulariser=none,regulariserWeight=1,generator=g',
      'ATTACK_PARAMETER_INVALID',
      { field: 'regulariserWeight' },
    ],
    ['ggl:optimizer=cma-es,population=3,generator=g', 'ATTACK_PARAMETER_INVALID', { field: 'population', value: 3 }],
    ['ggl:optimizer=cma-es,sigma=0,generator=g', 'ATTACK_PARAMETER_INVALID', { field: 'sigma', value: 0 }],
  ])('refuses %s', async (spec, code, details) => {
    await expect(parseAttack(spec)).rejects.toMatchObject({ code, details });
  });

  test('writes its defaults down: the schedule of the reference code, the loss and weight that docs/attacks.md chooses', async () => {
    expect((await parseAttack('ggl:generator=g')).params).toEqual({
      generator: 'g',
      optimizer: 'adam',
      steps: 2500,
      learningRate: 0.1,
      signed: true,
      schedule: 'steps',
      epsilon: 1e-8,
      restarts: 1,
      loss: 'cosine',
      regulariser: 'kld',
      regulariserWeight: 0.01,
      matching: 'auto',
      seed: 1,
    });
    const {
      learningRate: _1,
      signed: _2,
      schedule: _3,
      epsilon: _4,
      ...same
    } = (await parseAttack('ggl:generator=g')).params;
    expect((await parseAttack('ggl:generator=g,optimizer=cma-es')).params).toEqual({
      ...same,
      optimizer: 'cma-es',
      steps: 800,
      population: 50,
      sigma: 1,
      restartStrategy: 'none',
    });
  });

  test('says what it costs at most before it starts', async () => {
    const cost = async (spec: string) => (await parseAttack(spec)).evaluations;
    expect(await cost('best:generator=g')).toBe(1000);
    expect(await cost('ggl:generator=g,restarts=3')).toBe(7500);
    expect(await cost('prior-only:generator=g')).toBeUndefined();
  });

  test('says what a search has evaluated', async () => {
    const workload = async (params: string) => (await parseAttack(`ggl:generator=g,${params}`)).cohort?.workload;
    expect(await workload('restarts=3')).toEqual({ steps: 2500, candidates: 3, gradient: true });
    expect(await workload('restarts=3,optimizer=cma-es')).toEqual({ steps: 800, candidates: 150, gradient: false });
  });
});

describe('ggl', () => {
  const ggl = (params: string) => parseAttack(`ggl:generator=${victim.generatorFile},${params}`);

  test('finds the image that the gradient came from, far closer than the prior', async () => {
    const found = await attackUpdate({ attack: await ggl('steps=250'), update: intercepted() });
    const prior = await attackUpdate({
      attack: await parseAttack(`prior-only:generator=${victim.generatorFile}`),
      update: intercepted(),
    });
    expect(found.labels).toEqual([victim.label]);
    const error = (images: readonly Float32Array[]) => meanSquare(images[0] ?? new Float32Array(), victim.image);
    expect(error(found.images)).toBeLessThan(0.3 * error(prior.images));
    expect(found.loss).toBeLessThan(0.05 * (found.losses[0]?.value ?? 0));
  });

  test('searches restarts as it would alone, and takes the one of smallest loss', async () => {
    const { loss, restarts } = await attackUpdate({ attack: await ggl('steps=8,restarts=3'), update: intercepted() });
    expect(restarts).toHaveLength(3);
    expect(new Set(restarts).size).toBe(3);
    expect(loss).toBe(Math.min(...restarts.map(Number)));
    const alone = await attackUpdate({ attack: await ggl('steps=8,restarts=1'), update: intercepted() });
    expect(Math.abs((alone.loss ?? 0) / (restarts[0] ?? 0) - 1)).toBeLessThan(1e-3);
  });

  test.each([
    'loss=cosine',
    'loss=layer-l2',
    'loss=layer-cosine',
    'regulariser=norm,regulariserWeight=0.0001',
    'regulariser=none',
    'loss=l2,lossScale=mean',
    'signed=false',
  ])('descends with %s', async (params) => {
    const { losses, loss } = await attackUpdate({ attack: await ggl(`steps=20,${params}`), update: intercepted() });
    expect(loss).toBeLessThan(0.9 * (losses[0]?.value ?? 0));
  });

  describe('by CMA-ES', () => {
    const cmaEs = (params: string) => ggl(`optimizer=cma-es,${params}`);

    test('finds an image whose gradient fits better than any of the prior, and nearer to the truth', {
      timeout: 180_000,
    }, async () => {
      // Rounding, which differs between machines, decides which way a generation goes: of four restarts, one goes far on all.
      const found = await attackUpdate({
        attack: await cmaEs('steps=300,population=24,restarts=4'),
        update: intercepted(),
      });
      // The first generation is drawn from the prior: its best loss is that of 24 latents that know nothing.
      expect(found.loss).toBeLessThan(0.5 * (found.losses[0]?.value ?? 0));
      const error = (images: readonly Float32Array[]) => meanSquare(images[0] ?? new Float32Array(), victim.image);
      let prior = 0;
      for (let seed = 1; seed <= 8; seed++) {
        const attack = await parseAttack(`prior-only:generator=${victim.generatorFile},seed=${seed}`);
        prior += error((await attackUpdate({ attack, update: intercepted() })).images) / 8;
      }
      // Between .57 and .79 with five seeds.
      expect(error(found.images)).toBeLessThan(0.85 * prior);
    });

    test('any population gives the same result to rounding; it is kept beside it', async () => {
      const of = async (population?: number) =>
        attackUpdate({
          attack: await cmaEs('steps=3,population=10,restarts=2'),
          update: intercepted(),
          ...(population === undefined ? {} : { population }),
        });
      const alone = await of(1);
      expect(alone).toMatchObject({ beside: 1, width: 1 });
      // A restart draws what it would draw alone.
      const first = await attackUpdate({
        attack: await cmaEs('steps=3,population=10'),
        update: intercepted(),
        population: 1,
      });
      expect(first.loss).toBe(alone.restarts[0]);
      for (const [population, taken] of [
        [3, 3],
        [8, 7],
        [100, 20],
        [undefined, 10],
      ] as const) {
        const found = await of(population);
        expect(found.width).toBe(taken);
        found.restarts.forEach((loss, i) => {
          expect(Math.abs(Number(loss) / Number(alone.restarts[i]) - 1)).toBeLessThan(1e-4);
        });
      }
    });

    test('updates of a cohort come out as alone to rounding, in calls that hold some candidates of each', async () => {
      const two = await victim.gradientOf([victim.image.map((value) => -value)], [0]);
      const attack = await cmaEs('steps=3,population=7');
      const input = (update: NamedTensors) => ({
        update: { ...intercepted(update), batchSize: 1, round: 0, algorithm: 'fedsgd' as const },
        threat: threatModel(),
      });
      const outcomes = await attack.cohort?.reconstruct([input(victim.gradient), input(two)], { population: 6 });
      for (const [i, update] of [victim.gradient, two].entries()) {
        const alone = await attack.reconstruct(input(update), { population: 7 });
        const outcome = outcomes?.[i];
        if (outcome?.status !== 'fulfilled') throw outcome?.reason;
        expect(outcome.value).toMatchObject({ beside: 2, width: 6, labels: alone.labels });
        expect(Math.abs(Number(outcome.value.loss) / Number(alone.loss) - 1)).toBeLessThan(1e-4);
      }
    });

    test('refuses batches of more latents than a covariance matrix is kept for', async () => {
      const attempt = attackUpdate({
        attack: await cmaEs('steps=1'),
        update: intercepted(undefined, { batchSize: 17 }),
      });
      await expect(attempt).rejects.toMatchObject({ code: 'ATTACK_REFUSED' });
    });
  });

  test.each(['steps=3,restarts=3', 'optimizer=cma-es,steps=3,population=4'])(
    'evaluates %s one candidate at a time where a batch norm would couple them',
    async (params) => {
      const update = intercepted(undefined, { batchNorm: 'train' });
      const [first, second] = [
        await attackUpdate({ attack: await ggl(params), update, population: 16 }),
        await attackUpdate({ attack: await ggl(params), update: intercepted(), population: 1 }),
      ];
      // This model has no batch norm, so that the results are the same as well.
      expect(first.width).toBe(1);
      expect(Math.abs(Number(first.loss) / Number(second.loss) - 1)).toBeLessThan(1e-4);
    },
  );

  test('measures how many candidates to evaluate at once where that pays', async () => {
    const asked: string[] = [];
    const measurements: Measurements = {
      async of(name, schema) {
        asked.push(name);
        return schema.parse({ size: 4, seconds: { 1: 2, 4: 1 } });
      },
    };
    const run = async (params: string) =>
      attackUpdate({ attack: await ggl(params), update: intercepted(), measurements });
    expect(await run('optimizer=cma-es,steps=3,population=400')).toMatchObject({ width: 4 });
    expect(await run('optimizer=cma-es,steps=2,population=40')).toMatchObject({ width: 14 });
    expect(await run('steps=2,restarts=3')).toMatchObject({ width: 3 });
    expect(asked).toHaveLength(1);
  });

  test('another seed starts elsewhere', async () => {
    const [one, two] = [
      await attackUpdate({ attack: await ggl('steps=1,seed=1'), update: intercepted() }),
      await attackUpdate({ attack: await ggl('steps=1,seed=2'), update: intercepted() }),
    ];
    expect(one.latents).not.toEqual(two.latents);
  });

  test.each(['clip', 'sparsify'])(
    'matches through %s: a candidate that is right then fits, told or estimated, but not blind',
    async (name) => {
      const params = { clip: { bound: globalNorm(victim.gradient) / 4 }, sparsify: { fraction: 0.9 } }[name] ?? {};
      const plan = await parseDefense({ name, params });
      const y = await plan.apply(victim.gradient, { random: (...path) => seeded('client', ...path) });
      // The cosine does not see how long a gradient is.
      const attack = await ggl('steps=40,regulariser=none,loss=l2');
      const run = (defense: 'blind' | 'estimated' | 'oracle') =>
        attackUpdate({
          attack,
          update: intercepted(y),
          threat: { defense },
          ...(defense === 'oracle' ? { oracle: { defense: plan } } : {}),
        });
      const [blind, estimated, oracle] = [await run('blind'), await run('estimated'), await run('oracle')];
      const error = ({ images }: { images: readonly Float32Array[] }) =>
        meanSquare(images[0] ?? new Float32Array(), victim.image);
      expect(error(estimated)).toBeLessThan(error(blind));
      expect(Math.abs(error(estimated) / error(oracle) - 1)).toBeLessThan(0.1);
      expect(blind.estimates.defense).toBeUndefined();
      expect(Object.keys(estimated.estimates.defense ?? {})).toEqual([name]);
    },
  );

  test('reads a FedAvg change of weights as the gradient that it is, told the local learning rate', async () => {
    const learningRate = 0.05;
    const delta: NamedTensors = new Map(
      [...victim.gradient].map(([name, { shape, data }]) => [
        name,
        { shape, data: data.map((v) => -learningRate * v) },
      ]),
    );
    const local = { steps: 1, learningRate, momentum: 0, weightDecay: 0, proximal: 0 };
    const update = intercepted(delta, { algorithm: 'fedavg', local });
    const averaged = await attackUpdate({ attack: await ggl('steps=3'), update });
    expect(averaged.labels).toEqual([victim.label]);
    expect(averaged.estimates.gradient).toBe('exact');
    const several = await attackUpdate({
      attack: await ggl('steps=1'),
      update: { ...update, local: { ...local, steps: 4 } },
    });
    expect(several.estimates.gradient).toBe('approximate');
    await expect(
      attackUpdate({ attack: await ggl('steps=1'), update: intercepted(delta, { algorithm: 'fedavg' }) }),
    ).rejects.toMatchObject({ code: 'ATTACK_REFUSED' });
  });

  test('scales an oracle bound along with a FedAvg update', async () => {
    const bound = globalNorm(victim.gradient) / 4;
    // A power of two, so that scaling there and back is exact.
    const learningRate = 2 ** -4;
    const scaledBy = (factor: number): NamedTensors =>
      new Map(
        [...victim.gradient].map(([key, { shape, data }]) => [key, { shape, data: data.map((v) => v * factor) }]),
      );
    const lossOf = async (g: NamedTensors, clipAt: number, change: Partial<InterceptedUpdate>) => {
      const plan = await parseDefense({ name: 'clip', params: { bound: clipAt } });
      const y = await plan.apply(g, { random: (...path) => seeded('client', ...path) });
      const threat = { defense: 'oracle' } as const;
      const update = intercepted(y, change);
      return (await attackUpdate({ attack: await ggl('steps=2'), update, threat, oracle: { defense: plan } })).loss;
    };
    const local = { steps: 1, learningRate, momentum: 0, weightDecay: 0, proximal: 0 };
    const averaged = await lossOf(scaledBy(-learningRate), bound * learningRate, { algorithm: 'fedavg', local });
    expect(averaged).toBeCloseTo((await lossOf(victim.gradient, bound, {})) ?? Number.NaN, 5);
  });

  test('a start far outside the range of float32 is a counted failure with its step, not a wrong image', async () => {
    const huge: NamedTensors = new Map(
      [...victim.gradient].map(([name, { shape, data }]) => [name, { shape, data: data.map((v) => v * 1e25) }]),
    );
    const attempt = attackUpdate({
      attack: await ggl('steps=5'),
      update: intercepted(huge),
      threat: { defense: 'blind' },
    });
    await expect(attempt).rejects.toMatchObject({ code: 'ATTACK_DIVERGED', details: { attack: 'ggl', step: 0 } });
  });
});
