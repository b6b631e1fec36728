/** Vectors and small square matrices, row by row in Float64Array. */

/** sum ← sum + scale x. */
export function addScaled(sum: Float64Array, scale: number, x: Float64Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + scale * (x[i] as number);
}

/** The lower triangle of a matrix, [n × n] row by row, plus that of scale x xᵀ. */
export function addOuter(matrix: Float64Array, scale: number, x: Float64Array): void {
  const n = x.length;
  for (let i = 0; i < n; i++) {
    const left = scale * (x[i] as number);
    const row = i * n;
    for (let j = 0; j <= i; j++) matrix[row + j] = (matrix[row + j] as number) + left * (x[j] as number);
  }
}

/** ‖x‖². */
export function squareOf(x: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i] as number) * (x[i] as number);
  return sum;
}

export const norm = (x: Float64Array): number => Math.sqrt(squareOf(x));

/** The identity, [n × n]. */
export function identity(n: number): Float64Array {
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) matrix[i * n + i] = 1;
  return matrix;
}

/** The product a b of two [n × n] matrices. */
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
