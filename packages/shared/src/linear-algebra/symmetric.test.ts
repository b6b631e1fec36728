import fc from 'fast-check';
import { expect, it } from 'vitest';
import { seeded } from '../random.ts';
import { cholesky, inverseFrom, solveLower, solveLowerTransposed, solvePositive } from './cholesky.ts';
import { gram, identity, product } from './dense.ts';
import { squareRoot } from './square-root.ts';

/** g gᵀ + a little: positive definite. */
function positive(n: number, seed: number): Float64Array {
  const g = Float64Array.from(seeded(seed).normals(n * n));
  const transposed = g.map((_, i) => g[(i % n) * n + Math.trunc(i / n)] as number);
  return product(g, transposed, n).map((x, i) => x + (i % (n + 1) === 0 ? 0.1 : 0));
}

const close = (a: Float64Array, b: Float64Array): void => {
  for (let i = 0; i < a.length; i++)
    expect(Math.abs((a[i] as number) - (b[i] as number))).toBeLessThan(1e-9 * (1 + Math.abs(b[i] as number)));
};

const times = (matrix: Float64Array, x: Float64Array): Float64Array =>
  x.map((_, i) => x.reduce((sum, value, j) => sum + (matrix[i * x.length + j] as number) * value, 0));

it('square roots and solutions fit their matrices', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), fc.integer(), (n, seed) => {
      const a = positive(n, seed);
      const root = squareRoot(a, n);
      close(product(root, root, n), a);
      const x = Float64Array.from(seeded(seed, 'x').normals(n));
      const side = Float64Array.from(x, (_, i) =>
        x.reduce((sum, value, j) => sum + (a[i * n + j] as number) * value, 0),
      );
      const [solved] = solvePositive(a, n, [side]) as [Float64Array];
      for (let i = 0; i < n; i++) expect(Math.abs((solved[i] as number) - (x[i] as number))).toBeLessThan(1e-6);
    }),
    { numRuns: 30 },
  );
});

it('factors, their inverses and products fit their matrices, whatever the number of rows', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 13 }), fc.integer(), (n, seed) => {
      const a = positive(n, seed);
      const lower = cholesky(a, n);
      const transposed = lower.map((_, i) => lower[(i % n) * n + Math.trunc(i / n)] as number);
      close(product(lower, transposed, n), a);
      close(gram(lower, n, n), a);
      close(gram(transposed, n, n, true), product(transposed, lower, n));
      close(product(inverseFrom(lower, n), a, n), identity(n));
      const sides = Float64Array.from(seeded(seed, 'sides').normals(3 * n));
      const solved = sides.slice();
      solveLower(lower, n, solved);
      for (let row = 0; row < 3; row++) {
        const x = solved.subarray(row * n, (row + 1) * n);
        close(times(lower, x), sides.slice(row * n, (row + 1) * n));
        const back = x.slice();
        solveLowerTransposed(lower, n, back);
        close(times(transposed, back), x);
      }
    }),
    { numRuns: 30 },
  );
});

it('refuses to solve with a matrix that is not positive definite', () => {
  expect(() => solvePositive(Float64Array.of(1, 2, 2, 1), 2, [Float64Array.of(1, 1)])).toThrow(/row 1/);
});
