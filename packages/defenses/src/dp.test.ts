import { gaussianEpsilon } from '@leakscope/shared/privacy';
import { seeded } from '@leakscope/shared/random';
import { globalNorm, type NamedTensors, tensor } from '@leakscope/shared/tensors';
import { describe, expect, test } from 'vitest';
import { parseDefense } from './plan.ts';

const random = (...path: (string | number)[]) => seeded('dp', ...path);
const N = 100_000;
const deviation = (data: Float32Array): number => Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length);
const ofNorm = (norm: number): NamedTensors =>
  new Map([
    ['a', tensor([2], Float32Array.of(0.6 * norm, 0))],
    ['b', tensor([1], Float32Array.of(0.8 * norm))],
  ]);

describe('dp', () => {
  test('clips each example, and no more than that before their mean', async () => {
    const plan = await parseDefense('dp:bound=2,noiseMultiplier=3');
    expect(plan.uses('example')).toBe(true);
    expect(globalNorm(await plan.apply(ofNorm(5), { random }, 'example'))).toBeCloseTo(2, 6);
    expect(await plan.apply(ofNorm(1), { random }, 'example')).toEqual(ofNorm(1));
  });

  test('adds noise to the mean once a step: the multiplier times the bound, over the number of examples', async () => {
    const plan = await parseDefense('dp:bound=2,noiseMultiplier=3');
    const zeros: NamedTensors = new Map([['w', tensor([N])]]);
    for (const examples of [1, 8]) {
      const y = await plan.apply(zeros, { random, examples }, 'step');
      expect(deviation(y.get('w')?.data as Float32Array) / (6 / examples)).toBeCloseTo(1, 1);
    }
    expect(await plan.apply(zeros, { random }, 'update')).toEqual(zeros);
  });

  test('on one update outside a federation, takes it for that of one example', async () => {
    const silent = await parseDefense('dp:bound=2,noiseMultiplier=0');
    expect(globalNorm(await silent.apply(ofNorm(5), { random }))).toBeCloseTo(2, 6);
  });

  test('must see the examples first: nothing may act on the step before it', async () => {
    const order = { code: 'DEFENSE_ORDER_INVALID' };
    await expect(parseDefense('clip:bound=1+dp:bound=2,noiseMultiplier=1')).rejects.toMatchObject(order);
    await expect(parseDefense('dp:bound=1,noiseMultiplier=1+dp:bound=2,noiseMultiplier=1')).rejects.toMatchObject(
      order,
    );
    await expect(parseDefense('dp:bound=2,noiseMultiplier=1+sparsify:fraction=0.5')).resolves.toBeDefined();
  });
});

test('dp-client clips and covers the whole update', async () => {
  const plan = await parseDefense('dp-client:bound=2,noiseMultiplier=0');
  expect(plan.uses('example')).toBe(false);
  expect(globalNorm(await plan.apply(ofNorm(5), { random }, 'update'))).toBeCloseTo(2, 6);
  const loud = await parseDefense('dp-client:bound=2,noiseMultiplier=3');
  const y = await loud.apply(new Map([['w', tensor([N])]]), { random, examples: 8 }, 'update');
  expect(deviation(y.get('w')?.data as Float32Array) / 6).toBeCloseTo(1, 1);
});

describe('the claim of a plan', () => {
  test('names unit, delta, epsilon and mu; updates of one unit add up in squares', async () => {
    const plan = await parseDefense('dp:bound=1,noiseMultiplier=4,delta=1e-6+sparsify:fraction=0.9');
    expect(plan.claims({ updates: 1 })).toEqual([
      { unit: 'example', delta: 1e-6, mu: 0.25, epsilon: gaussianEpsilon(0.5, 1e-6), sampledEpsilon: null },
    ]);
    const [four] = plan.claims({ updates: 4, sampling: { rate: 0.01, steps: 400 } });
    expect(four).toMatchObject({ mu: 0.5, epsilon: gaussianEpsilon(1, 1e-6) });
    // Sampling hides who took part: less than the same example in four known batches.
    expect(four?.sampledEpsilon).toBeGreaterThan(0);
    expect(four?.sampledEpsilon).toBeLessThan(gaussianEpsilon(0.5, 1e-6));
  });

  test('is one a defence that promises, and none of those that do not', async () => {
    const both = await parseDefense('dp:bound=1,noiseMultiplier=1+dp-client:bound=1,noiseMultiplier=1');
    expect(both.claims({ updates: 1 }).map(({ unit }) => unit)).toEqual(['example', 'client']);
    expect((await parseDefense('clip:bound=1+noise:sigma=1')).claims({ updates: 1 })).toEqual([]);
  });

  test('is void where a later step looks at the examples again', async () => {
    const before = await parseDefense('soteria:fraction=0.5+dp-client:bound=1,noiseMultiplier=1');
    expect(before.claims({ updates: 1 })).toHaveLength(1);
    const after = await parseDefense('dp:bound=1,noiseMultiplier=1+soteria:fraction=0.5');
    expect(after.claims({ updates: 1 })).toEqual([]);
  });

  test('without noise is none at all', async () => {
    const [claim] = (await parseDefense('dp:bound=1,noiseMultiplier=0')).claims({ updates: 1 });
    expect(claim).toMatchObject({ mu: Number.POSITIVE_INFINITY, epsilon: Number.POSITIVE_INFINITY });
  });
});
