import { type NamedTensors, tensor } from '@leakscope/shared/tensors';
import { describe, expect, test } from 'vitest';
import { soteria } from './soteria.ts';

const update: NamedTensors = new Map([
  ['conv1.weight', tensor([2], Float32Array.of(7, 8))],
  ['fc.weight', tensor([2, 5], Float32Array.of(1, 2, 3, 4, 0, -1, -2, -3, -4, 0))],
  ['fc.bias', tensor([2], Float32Array.of(0.5, -0.5))],
]);
// Scores s / r: 1, 4, 0.5, 2, 0 (dead); inverse scores: 1, 0.25, 2, 0.5, 0.
const measured = { features: Float32Array.of(1, 1, 2, 1, 0), sensitivity: Float32Array.of(1, 4, 1, 2, 0) };
const context = { random: () => expect.unreachable('Soteria draws nothing'), sensitivity: async () => measured };
const apply = (fraction: number, score: 'sensitivity' | 'inverse') =>
  soteria.apply(update, { fraction, score, tensor: 'fc.weight' }, context);

describe('soteria', () => {
  test.each([
    // Threshold at index 2.4 of the sorted scores: 1.4 and 0.7; what scores above keeps its column.
    ['sensitivity', [0, 2, 0, 4, 0, 0, -2, 0, -4, 0]],
    ['inverse', [1, 0, 3, 0, 0, -1, 0, -3, 0, 0]],
  ] as const)('masks both rows of the columns whose %s score is low', async (score, expected) => {
    const y = await apply(0.6, score);
    expect([...(y.get('fc.weight')?.data ?? [])].map((value) => value + 0)).toEqual(expected);
    expect(y.get('fc.bias')).toEqual(update.get('fc.bias'));
    expect(y.get('conv1.weight')).toEqual(update.get('conv1.weight'));
  });

  test('the attacker sees the mask in the zero columns, at either level', async () => {
    const y = await apply(0.6, 'sensitivity');
    const view = { kind: 'columns', tensor: 'fc.weight', keep: Uint8Array.of(0, 1, 0, 1, 0) };
    expect(soteria.attackerView(y, 'estimated')).toEqual(view);
    expect(soteria.attackerView(y, { oracle: { fraction: 0.6, score: 'sensitivity', tensor: 'fc.weight' } })).toEqual(
      view,
    );
  });

  test('without the examples, or with another number of features, it is refused', async () => {
    const params = { fraction: 0.6, score: 'sensitivity', tensor: 'fc.weight' } as const;
    await expect(soteria.apply(update, params, { random: context.random })).rejects.toMatchObject({
      code: 'DEFENSE_NEEDS_EXAMPLES',
    });
    const short = async () => ({ features: Float32Array.of(1), sensitivity: Float32Array.of(1) });
    await expect(soteria.apply(update, params, { ...context, sensitivity: short })).rejects.toMatchObject({
      code: 'TENSORS_SHAPE_MISMATCH',
    });
  });
});
