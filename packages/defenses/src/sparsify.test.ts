import { seeded } from '@leakscope/shared/random';
import { type NamedTensors, tensor } from '@leakscope/shared/tensors';
import { describe, expect, test } from 'vitest';
import { estimateSparsity, sparsify } from './sparsify.ts';

const context = { random: () => expect.unreachable('sparsifying draws nothing') };
const apply = (update: NamedTensors, fraction: number) => sparsify.apply(update, { fraction }, context) as NamedTensors;
const values = (tensors: NamedTensors, name: string) => [...(tensors.get(name)?.data ?? [])];

/** 2,000 values of which the first `dead` are exact zeros, as behind dead ReLUs, beside a dense tensor of 300. */
function gradient(dead: number): NamedTensors {
  const random = seeded('sparsify');
  return new Map([
    ['conv.weight', tensor([2000], random.normals(2000).fill(0, 0, dead))],
    ['bn.weight', tensor([300], random.normals(300))],
    ['fc.bias', tensor([2], Float32Array.of(0.3, -0.3))],
  ]);
}

describe('sparsify', () => {
  test('drops what lies below the interpolated percentile of the magnitudes', () => {
    // Magnitudes 1..5, fraction 0.6: index 2.4, threshold 3.4.
    const update: NamedTensors = new Map([['w', tensor([5], Float32Array.of(-5, 1, -3, 4, 2))]]);
    expect(values(apply(update, 0.6), 'w')).toEqual([-5, 0, 0, 4, 0]);
    // An index that is whole: the threshold is an entry, and that entry stays.
    expect(values(apply(update, 0.5), 'w')).toEqual([-5, 0, -3, 4, 0]);
  });

  test('keeps ties at the threshold, and all of a constant tensor', () => {
    const update: NamedTensors = new Map([['w', tensor([4], Float32Array.of(2, -2, 2, 2))]]);
    expect(values(apply(update, 0.9), 'w')).toEqual([2, -2, 2, 2]);
  });

  test('works tensor by tensor', () => {
    const y = apply(gradient(0), 0.9);
    expect(values(y, 'conv.weight').filter((value) => value !== 0)).toHaveLength(200);
    expect(values(y, 'bn.weight').filter((value) => value !== 0)).toHaveLength(30);
  });
});

describe('the attacker', () => {
  test.each([0.5, 0.9, 0.99])('finds the dropped share %d', (fraction) => {
    expect(Math.abs(estimateSparsity(apply(gradient(0), fraction)) - fraction)).toBeLessThan(0.005);
    expect(Math.abs(estimateSparsity(apply(gradient(600), fraction)) - fraction)).toBeLessThan(0.005);
  });

  test('is not taken in by the zeros of dead ReLUs', () => {
    expect(estimateSparsity(gradient(600))).toBe(0);
    expect(sparsify.attackerView(gradient(600), 'estimated')).toEqual({ kind: 'identity' });
  });

  test('estimates the masks that the oracle knows, and leaves alone a tensor that was not cut', () => {
    for (const [dead, masked] of [
      [600, ['conv.weight', 'bn.weight', 'fc.bias']],
      // With more dead entries than the fraction the threshold is 0 and nothing was dropped.
      [1900, ['bn.weight', 'fc.bias']],
    ] as const) {
      const y = apply(gradient(dead), 0.9);
      const oracle = sparsify.attackerView(y, { oracle: { fraction: 0.9 } });
      expect(sparsify.attackerView(y, 'estimated')).toEqual(oracle);
      expect(oracle.kind === 'mask' && [...oracle.masks.keys()]).toEqual(masked);
    }
  });
});
