/** Linear algebra of small dense symmetric matrices, row-major in Float64Array. */

/** Eigenvalues and orthonormal eigenvectors: the k-th vector is row k of `vectors`. */
export interface Eigen {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

/** Sweeps after which Jacobi's method has always converged; it needs 6 to 12. */
const MAX_SWEEPS = 60;

/** Cyclic Jacobi rotations (Golub and Van Loan, section 8.5): slow, short, and accurate to the last bits. */
export function symmetricEigen(matrix: Float64Array, n: number): Eigen {
  const a = matrix.slice();
  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i++) vectors[i * n + i] = 1;
  const scale = a.reduce((sum, x) => sum + x * x, 0);
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) off += (a[p * n + q] as number) ** 2;
    if (off <= 1e-30 * scale) break;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, vectors, n, p, q);
  }
  return { values: Float64Array.from({ length: n }, (_, i) => a[i * n + i] as number), vectors };
}

/** Makes a[p][q] zero. */
function rotate(a: Float64Array, vectors: Float64Array, n: number, p: number, q: number): void {
  const apq = a[p * n + q] as number;
  if (apq === 0) return;
  const theta = ((a[q * n + q] as number) - (a[p * n + p] as number)) / (2 * apq);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let k = 0; k < n; k++) turn(a, k * n + p, k * n + q, c, s);
  for (let k = 0; k < n; k++) turn(a, p * n + k, q * n + k, c, s);
  for (let k = 0; k < n; k++) turn(vectors, p * n + k, q * n + k, c, s);
}

function turn(values: Float64Array, i: number, j: number, c: number, s: number): void {
  const x = values[i] as number;
  const y = values[j] as number;
  values[i] = c * x - s * y;
  values[j] = s * x + c * y;
}

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
