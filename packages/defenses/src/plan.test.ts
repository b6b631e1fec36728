import { seeded } from '@leakscope/shared/random';
import { equalTensors, type NamedTensors, tensor } from '@leakscope/shared/tensors';
import { describe, expect, test } from 'vitest';
import { parseDefense } from './plan.ts';

const random = (...path: (string | number)[]) => seeded('plan', ...path);
const update = (): NamedTensors =>
  new Map([
    ['a', tensor([200], random('a').normals(200))],
    ['b', tensor([10, 10], random('b').normals(100))],
  ]);

describe('parseDefense', () => {
  test('completes parameters and writes them back in one form', async () => {
    expect((await parseDefense('clip:bound=4')).text).toBe('clip:bound=4,scope=global');
    expect((await parseDefense({ name: 'noise', params: { sigma: 0.1 } })).text).toBe('noise:kind=gaussian,sigma=0.1');
    expect((await parseDefense(['clip:bound=4', { name: 'noise', params: { sigma: 1 } }])).text).toBe(
      'clip:bound=4,scope=global+noise:kind=gaussian,sigma=1',
    );
    expect((await parseDefense([])).text).toBe('none');
  });

  test.each([
    ['noise:sigma=-1', 'noise', 'sigma', -1],
    ['noise:sigma=loud', 'noise', 'sigma', 'loud'],
    ['noise', 'noise', 'sigma', undefined],
    ['clip:bound=0', 'clip', 'bound', 0],
    ['clip:bound=4,scope=local', 'clip', 'scope', 'local'],
    ['clip:bound=4,boundary=3', 'clip', 'boundary', 3],
    ['clip:bund=4', 'clip', 'bund', 4],
    ['sparsify:fraction=1', 'sparsify', 'fraction', 1],
    ['soteria:fraction=80', 'soteria', 'fraction', 80],
    ['none:strength=1', 'none', 'strength', 1],
  ])('%s is refused with its field and value', async (spec, defense, field, value) => {
    await expect(parseDefense(spec)).rejects.toMatchObject({
      code: 'DEFENSE_PARAMETER_INVALID',
      message: expect.stringContaining(`defence ${defense}: ${field}=`),
      details: { defense, field, value },
    });
  });

  test('an unknown name and a missing module are refused', async () => {
    await expect(parseDefense('blur')).rejects.toMatchObject({ code: 'DEFENSE_UNKNOWN', details: { value: 'blur' } });
    await expect(parseDefense('./blur.ts')).rejects.toMatchObject({
      code: 'MODULE_INVALID',
      message: expect.stringContaining('no such file'),
    });
  });
});

describe('a composition', () => {
  test('is its parts in order', async () => {
    const [clip, sparsify] = await Promise.all([parseDefense('clip:bound=1'), parseDefense('sparsify:fraction=0.5')]);
    const both = await parseDefense('clip:bound=1+sparsify:fraction=0.5');
    const inTurn = await sparsify.apply(await clip.apply(update(), { random }), { random });
    expect(equalTensors(await both.apply(update(), { random }), inTurn)).toBe(true);
    const swapped = await parseDefense('sparsify:fraction=0.5+clip:bound=1');
    expect(equalTensors(await swapped.apply(update(), { random }), inTurn)).toBe(false);
  });

  test('draws anew in each part', async () => {
    const zero: NamedTensors = new Map([['a', tensor([4])]]);
    const once = (await (await parseDefense('noise:sigma=1')).apply(zero, { random })).get('a')?.data ?? [];
    const twice = (await (await parseDefense('noise:sigma=1+noise:sigma=1')).apply(zero, { random })).get('a')?.data;
    expect([...once].map((value) => Math.fround(2 * value))).not.toEqual([...(twice ?? [])]);
  });

  test('shows the attacker all of its parts in order', async () => {
    const plan = await parseDefense('clip:bound=1+noise:sigma=0.1+sparsify:fraction=0.5');
    const y = await plan.apply(update(), { random });
    const view = plan.attackerView(y, 'oracle');
    expect(view.kind === 'sequence' && view.steps.map(({ kind }) => kind)).toEqual(['scale-to-norm', 'mask']);
    expect(plan.attackerView(y, 'blind')).toEqual({ kind: 'identity' });
  });

  test('runs the parts of one hook at a time', async () => {
    const plan = await parseDefense('clip:bound=1');
    expect(plan.uses('update')).toBe(true);
    expect(plan.uses('example')).toBe(false);
    expect(equalTensors(await plan.apply(update(), { random }, 'example'), update())).toBe(true);
  });
});
