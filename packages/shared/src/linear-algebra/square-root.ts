/** Square roots of symmetric matrices, by their eigenvalues. */
import { symmetricEigen } from './symmetric-eigen.ts';

/** The positive semi-definite square root of a symmetric [n × n] matrix; eigenvalues below 0, which rounding makes, count as 0. */
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
