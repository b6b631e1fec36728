import { seeded } from '@leakscope/shared/random';
import { tensor } from '@leakscope/shared/tensors';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { absorb, cholesky } from './whiten.ts';

/** A A' + I: positive definite. */
function positiveDefinite(n: number, seed: number): Float64Array {
  const a = seeded(seed).normals(n * n);
  return Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = i === j ? 1 : 0;
    for (let k = 0; k < n; k++) sum += (a[i * n + k] as number) * (a[j * n + k] as number);
    return sum;
  });
}

describe('cholesky', () => {
  test('is lower triangular and squares to the matrix', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.nat(), (n, seed) => {
        const matrix = positiveDefinite(n, seed);
        const factor = cholesky(matrix, n);
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < n; j++) {
            if (j > i) expect(factor[i * n + j]).toBe(0);
            let sum = 0;
            for (let k = 0; k < n; k++) sum += (factor[i * n + k] as number) * (factor[j * n + k] as number);
            expect(sum).toBeCloseTo(matrix[i * n + j] as number, 8);
          }
        }
      }),
    );
  });

  test('names the dimension that the latents do not span', () => {
    expect(() => cholesky(Float64Array.of(1, 0, 0, 0), 2)).toThrow(
      expect.objectContaining({ code: 'TRAIN_LATENTS_DEGENERATE' }),
    );
  });
});

test('absorb: the layer of u equals the old layer of mean + L u', () => {
  const n = 3;
  const random = seeded(5);
  const weight = random.normals(2 * n);
  const bias = random.normals(2);
  const mean = Float64Array.from(random.normals(n));
  const factor = cholesky(positiveDefinite(n, 6), n);
  const u = random.normals(n);
  const z = mean.map((m, i) => u.reduce((sum, value, k) => sum + value * (factor[i * n + k] as number), m));
  const apply = (w: Float32Array, b: Float32Array, x: ArrayLike<number>) =>
    [...b].map((start, row) =>
      Array.from(x).reduce((sum, value, k) => sum + value * (w[row * n + k] as number), start),
    );

  const weights = new Map([
    ['fc.weight', tensor([2, n], weight)],
    ['fc.bias', tensor([2], bias)],
    ['other', tensor([1])],
  ]);
  const next = absorb(weights, 'fc', mean, factor);
  const old = apply(weight, bias, z);
  const now = apply(
    next.get('fc.weight')?.data ?? new Float32Array(),
    next.get('fc.bias')?.data ?? new Float32Array(),
    u,
  );
  for (const [i, value] of now.entries()) expect(value).toBeCloseTo(old[i] as number, 5);
  expect(next.get('other')).toBe(weights.get('other'));
});
