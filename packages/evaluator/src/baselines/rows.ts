/** Vectors as the rows of one array, which is how a program takes a population. */

/** One row a vector; rows without one stay zero, and nobody reads what becomes of them. */
export function rowsOf(vectors: readonly Float32Array[], size: number, rows: number): Float32Array {
  const result = new Float32Array(rows * size);
  for (const [k, vector] of vectors.entries()) result.set(vector, k * size);
  return result;
}

/** A copy of row `k`. */
export function rowOf(rows: Float32Array, k: number, size: number): Float32Array {
  return rows.slice(k * size, (k + 1) * size);
}
