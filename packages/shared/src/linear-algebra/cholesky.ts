/** Linear systems of positive definite matrices, by Cholesky's factorisation. */

/**
 * Solves a x = b for a positive definite `a`, [n × n], and each b of `sides`, [n]. @throws RangeError where `a` is not positive definite
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
