import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seeded } from '../random.ts';
import { type SymmetricEigen, symmetricEigen } from './symmetric-eigen.ts';

/** Σ value_k row_k row_kᵀ. */
function composed({ values, vectors }: SymmetricEigen): Float64Array {
  const n = values.length;
  return Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.trunc(at / n), at % n];
    return values.reduce(
      (sum, value, k) => sum + value * (vectors[k * n + i] as number) * (vectors[k * n + j] as number),
      0,
    );
  });
}

function expectClose(got: Float64Array, want: Float64Array): void {
  const scale = want.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-300);
  got.forEach((x, i) => {
    expect(Math.abs(x - (want[i] as number)) / scale).toBeLessThan(1e-12);
  });
}

/** Rows that are orthonormal: the matrix times its transpose. */
function expectOrthonormal(rows: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += (rows[i * n + k] as number) * (rows[j * n + k] as number);
      expect(Math.abs(sum - (i === j ? 1 : 0))).toBeLessThan(1e-12);
    }
  }
}

describe('symmetricEigen', () => {
  test('finds the eigenvalues of a matrix that is known', () => {
    const { values } = symmetricEigen(Float64Array.of(2, 9, 9, 1, 2, 9, 0, 0, -5), 3);
    expectClose(values.toSorted(), Float64Array.of(-5, 1, 3));
  });

  test('any symmetric matrix is put together again from orthonormal vectors', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 16 }), fc.integer(), (n, seed) => {
        const random = seeded(seed);
        const a = new Float64Array(n * n);
        // Some entries are zero, so that blocks fall apart; some are far larger than others.
        const entry = () => (random.int(3) === 0 ? 0 : random.normal() * (random.int(4) === 0 ? 1e6 : 1));
        for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) a[i * n + j] = a[j * n + i] = entry();
        const eigen = symmetricEigen(a, n);
        expectOrthonormal(eigen.vectors, n);
        expectClose(composed(eigen), a);
      }),
    );
  });

  test('B D² Bᵀ gives D² back, over twelve orders of magnitude', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 12 }), fc.integer(), (n, seed) => {
        const normals = Float64Array.from(seeded(seed).normals(n * n));
        // The eigenvectors of some symmetric matrix: as good an orthonormal B as any.
        const { vectors } = symmetricEigen(normals, n);
        const values = Float64Array.from({ length: n }, (_, k) => 1e6 ** ((2 * k) / (n - 1) - 1));
        const found = symmetricEigen(composed({ values, vectors }), n).values.toSorted();
        found.forEach((value, k) => {
          expect(Math.abs(value - (values[k] as number))).toBeLessThan(1e-13 * 1e6 * n);
        });
      }),
    );
  });

  test('repeated eigenvalues, zeros, and matrices of rank one', () => {
    expect(symmetricEigen(new Float64Array(25), 5).values).toEqual(new Float64Array(5));
    const rankOne = symmetricEigen(new Float64Array(36).fill(1), 6);
    expectClose(rankOne.values.toSorted(), Float64Array.of(0, 0, 0, 0, 0, 6));
    expectOrthonormal(rankOne.vectors, 6);
  });

  test.each([1, 1e-80, 1e120])('a sum of five products of 40 entries, times %s squared', (size) => {
    const n = 40;
    for (let seed = 0; seed < 10; seed++) {
      const a = new Float64Array(n * n);
      for (let row = 0; row < 5; row++) {
        const v = Float64Array.from(seeded(seed, row).normals(n), (x) => x * size);
        for (let at = 0; at < a.length; at++) {
          a[at] = (a[at] as number) + (v[Math.trunc(at / n)] as number) * (v[at % n] as number);
        }
      }
      const eigen = symmetricEigen(a, n);
      const largest = eigen.values.reduce((most, x) => Math.max(most, x), 0);
      expect(eigen.values.filter((value) => Math.abs(value) > 1e-13 * largest)).toHaveLength(5);
      expectOrthonormal(eigen.vectors, n);
      expectClose(
        composed(eigen).map((x) => x / largest),
        a.map((x) => x / largest),
      );
    }
  });

  test('a covariance of which most eigenvalues are rounding, the largest first', () => {
    const n = 120;
    for (let seed = 0; seed < 5; seed++) {
      const a = new Float64Array(n * n);
      for (let row = 0; row < 30; row++) {
        const random = seeded(seed, row);
        // All along one direction, and ever shorter.
        const v = Float64Array.from({ length: n }, () => 10 ** (-row / 6) * (row === 0 ? 1 : random.normal()));
        for (let at = 0; at < a.length; at++) {
          a[at] = (a[at] as number) + (v[Math.trunc(at / n)] as number) * (v[at % n] as number);
        }
      }
      const eigen = symmetricEigen(a, n);
      expect(eigen.values.filter((value) => Math.abs(value) > 1e-13 * n)).toHaveLength(30);
      expectOrthonormal(eigen.vectors, n);
      expectClose(composed(eigen), a);
    }
  });

  test('leaves its input alone, and refuses what is not finite', () => {
    const a = Float64Array.of(1, 0, 2, 1);
    symmetricEigen(a, 2);
    expect(a).toEqual(Float64Array.of(1, 0, 2, 1));
    expect(() => symmetricEigen(Float64Array.of(1, 0, Number.NaN, 1), 2)).toThrow(RangeError);
    expect(() => symmetricEigen(Float64Array.of(1, 0, Number.POSITIVE_INFINITY, 1), 2)).toThrow(RangeError);
  });

  test('does not read above the diagonal', () => {
    const { values } = symmetricEigen(Float64Array.of(3, Number.NaN, 0, 4), 2);
    expect(values.toSorted()).toEqual(Float64Array.of(3, 4));
  });
});
