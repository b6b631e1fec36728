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

/**
 * r rᵀ, both triangles, of the rows r, [count × n]. `triangular` says that row i is zero before entry i, which saves two thirds of the
 * count² n operations.
 */
export function gram(rows: Float64Array, count: number, n: number, triangular = false): Float64Array {
  const products = new Float64Array(count * count);
  for (let j = 0; j < count; j++) {
    const atJ = j * n;
    const from = triangular ? j : 0;
    let i = 0;
    // Four rows at once: their sums do not wait for one another, and row j is read once for four.
    for (; i + 4 <= j + 1; i += 4) {
      const [at0, at1, at2, at3] = [i * n, (i + 1) * n, (i + 2) * n, (i + 3) * n];
      let [sum0, sum1, sum2, sum3] = [0, 0, 0, 0];
      for (let k = from; k < n; k++) {
        const other = rows[atJ + k] as number;
        sum0 += (rows[at0 + k] as number) * other;
        sum1 += (rows[at1 + k] as number) * other;
        sum2 += (rows[at2 + k] as number) * other;
        sum3 += (rows[at3 + k] as number) * other;
      }
      products.set([sum0, sum1, sum2, sum3], j * count + i);
    }
    for (; i <= j; i++) {
      let sum = 0;
      for (let k = from; k < n; k++) sum += (rows[i * n + k] as number) * (rows[atJ + k] as number);
      products[j * count + i] = sum;
    }
    for (i = 0; i < j; i++) products[i * count + j] = products[j * count + i] as number;
  }
  return products;
}
