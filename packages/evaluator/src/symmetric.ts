/** Linear algebra of small dense symmetric matrices, row-major in Float64Array. */

import { symmetricEigen } from '@leakscope/shared/symmetric-eigen';

/** The positive semi-definite square root; eigenvalues below 0, which rounding makes, count as 0. */
export function squareRoot(matrix: Float64Array, n: number): Float64Array {
  const { values, vectors } = symmetricEigen(matrix, n);
  const root = new Float64Array(n * n);
  for (let k = 0; k < n; k++) {
    const weight = Math.sqrt(Math.max(0, values[k] as number));
    for (let i = 0; i < n; i++) {
      const left = weight * (vectors[k * n + i] as number);
      for (let j = 0; j < n; j++) root[i * n + j] = (root[i * n + j] as number) + left * (vectors[k * n + j] as number);
    }
  }
  return root;
}

/** a b, for n x n matrices. */
export function product(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const result = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      const left = a[i * n + k] as number;
      for (let j = 0; j < n; j++) result[i * n + j] = (result[i * n + j] as number) + left * (b[k * n + j] as number);
    }
  }
  return result;
}

/**
 * Solves a x = b for a positive definite `a` by Cholesky's factorisation, for each of the right-hand sides.
 * Throws RangeError where `a` is not positive definite.
 */
export function solvePositive(a: Float64Array, n: number, sides: readonly Float64Array[]): Float64Array[] {
  const lower = a.slice();
  for (let j = 0; j < n; j++) {
    const rowJ = j * n;
    for (let i = j; i < n; i++) {
      const rowI = i * n;
      let sum = lower[rowI + j] as number;
      for (let k = 0; k < j; k++) sum -= (lower[rowI + k] as number) * (lower[rowJ + k] as number);
      if (i > j) lower[rowI + j] = sum / (lower[rowJ + j] as number);
      else if (sum > 0) lower[rowI + j] = Math.sqrt(sum);
      else throw new RangeError(`the matrix is not positive definite (row ${j})`);
    }
  }
  return sides.map((side) => {
    const x = side.slice();
    for (let i = 0; i < n; i++) {
      let sum = x[i] as number;
      for (let k = 0; k < i; k++) sum -= (lower[i * n + k] as number) * (x[k] as number);
      x[i] = sum / (lower[i * n + i] as number);
    }
    for (let i = n - 1; i >= 0; i--) {
      let sum = x[i] as number;
      for (let k = i + 1; k < n; k++) sum -= (lower[k * n + i] as number) * (x[k] as number);
      x[i] = sum / (lower[i * n + i] as number);
    }
    return x;
  });
}
