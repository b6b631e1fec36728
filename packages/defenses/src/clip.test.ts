import { globalNorm, layerNorms, type NamedTensors, tensor } from '@leakscope/shared/tensors';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clip, estimateClip } from './clip.ts';

const context = { random: () => expect.unreachable('clipping draws nothing') };
const update = (...values: number[][]): NamedTensors =>
  new Map(values.map((row, i) => [`t${i}`, tensor([row.length], Float32Array.from(row))]));
const clipped = (tensors: NamedTensors, bound: number, scope: 'global' | 'layer') =>
  clip.apply(tensors, { bound, scope }, context) as NamedTensors;

describe('clip', () => {
  test('globally it scales every tensor by the same factor, down to the bound', () => {
    const y = clipped(update([3, 0], [0, 4]), 1, 'global');
    expect([...(y.get('t0')?.data ?? [])]).toEqual([Math.fround(0.6), 0]);
    expect([...(y.get('t1')?.data ?? [])]).toEqual([0, Math.fround(0.8)]);
  });

  test('layer by layer it scales only the tensors above the bound', () => {
    const y = clipped(update([3, 4], [0.5, 0]), 1, 'layer');
    expect([...layerNorms(y).values()][0]).toBeCloseTo(1, 6);
    expect([...(y.get('t1')?.data ?? [])]).toEqual([0.5, 0]);
  });

  test('any update ends at or below the bound, in its own direction', () => {
    const values = fc.array(fc.float({ noNaN: true, min: -1000, max: 1000 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(
        fc.array(values, { minLength: 1, maxLength: 5 }),
        fc.double({ noNaN: true, min: 0.01, max: 100 }),
        (rows, bound) => {
          const before = update(...rows);
          const after = clipped(before, bound, 'global');
          expect(globalNorm(after)).toBeLessThanOrEqual(bound * (1 + 1e-6));
          if (globalNorm(before) <= bound) expect(after).toEqual(before);
          for (const [name, { data }] of after) {
            const signs = data.map((value, i) => Math.min(0, value * (before.get(name)?.data[i] ?? 0)));
            expect(signs.every((sign) => sign === 0)).toBe(true);
          }
        },
      ),
    );
  });
});

describe('the attacker', () => {
  const g = update([3, 4, 0], [6, 8], [0.1], [9, 12, 2]);

  test.each([
    ['global', 2.5],
    ['layer', 4],
  ] as const)('estimates a %s bound as the oracle knows it', (scope, bound) => {
    const y = clipped(g, bound, scope);
    const estimate = estimateClip(y);
    expect(estimate.scope).toBe(scope);
    expect(Math.abs(estimate.bound / bound - 1)).toBeLessThan(1e-6);
    expect(clip.attackerView(y, { oracle: { bound, scope } })).toEqual({ kind: 'scale-to-norm', scope, bounds: bound });
  });

  test('takes an update that was not clipped for one clipped at its own norm', () => {
    expect(estimateClip(g)).toEqual({ scope: 'global', bound: globalNorm(g) });
    expect(estimateClip(update([0, 0], [0]))).toEqual({ scope: 'global', bound: 0 });
  });
});
