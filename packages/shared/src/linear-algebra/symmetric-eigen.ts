/** Eigenvalues and eigenvectors of a symmetric matrix: Householder's reduction to three diagonals, then QL with implicit shifts. */

export interface SymmetricEigen {
  /** [n], in no particular order. */
  readonly values: Float64Array;
  /** Orthonormal, [n × n]: row k belongs to value k, and so the matrix is Σ value_k row_k row_kᵀ. */
  readonly vectors: Float64Array;
}

/** Sweeps for one eigenvalue: a finite matrix needs 2 on average, and hardly ever 10. */
const MAX_SWEEPS = 100;

/**
 * Decomposes the matrix whose lower triangle is in `matrix`, [n × n] row by row; what is above the diagonal is not read. About 8 n³
 * operations, all of them + - * / and sqrt. Golub and Van Loan, "Matrix Computations", sections 8.3.1 and 8.3.5.
 * @throws RangeError where an entry is not finite
 */
export function symmetricEigen(matrix: Float64Array, n: number): SymmetricEigen {
  const size = largest(matrix, n);
  if (!Number.isFinite(size)) throw new RangeError('the matrix has an entry that is not finite');
  // Of size 1, so that no square leaves the range of numbers; one of zeros stays as it is.
  const reduced = matrix.map((entry) => entry / (size || 1));
  const beside = new Float64Array(n);
  const scales = reduce(reduced, n, beside);
  const values = Float64Array.from({ length: n }, (_, i) => reduced[i * n + i] as number);
  const vectors = reflections(reduced, n, scales);
  for (let i = 0; i < n; i++) isolate(i, values, beside, vectors);
  return { values: values.map((value) => value * size), vectors };
}

/** The largest magnitude of the lower triangle; NaN where an entry is. */
function largest(matrix: Float64Array, n: number): number {
  let most = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) most = Math.max(most, Math.abs(matrix[i * n + j] as number));
  }
  return most;
}

/**
 * A = Q T Qᵀ with Q = H_0 H_1 ..., H_k = I - scale_k v_k v_kᵀ. T's diagonal replaces A's, and `beside` takes what is beside it; v_k goes
 * where A has no more entries that are read: row k, right of the diagonal. Returns the scales.
 */
function reduce(a: Float64Array, n: number, beside: Float64Array): Float64Array {
  const scales = new Float64Array(n);
  const p = new Float64Array(n);
  for (let k = 0; k < n - 1; k++) {
    const v = a.subarray(k * n, (k + 1) * n);
    let square = 0;
    for (let i = k + 1; i < n; i++) {
      v[i] = a[i * n + k] as number;
      square += (v[i] as number) * (v[i] as number);
    }
    const head = v[k + 1] as number;
    // The reflection turns the column into (alpha, 0, ...), of the sign that cancels no digits.
    const alpha = head > 0 ? -Math.sqrt(square) : Math.sqrt(square);
    beside[k] = alpha;
    if (alpha === 0) continue;
    v[k + 1] = head - alpha;
    const scale = 1 / (square - head * alpha);
    scales[k] = scale;
    p.fill(0);
    for (let i = k + 1; i < n; i++) {
      const row = i * n;
      const vi = v[i] as number;
      let sum = (a[row + i] as number) * vi;
      for (let j = k + 1; j < i; j++) {
        const aij = a[row + j] as number;
        sum += aij * (v[j] as number);
        p[j] = (p[j] as number) + aij * vi;
      }
      p[i] = (p[i] as number) + sum;
    }
    let along = 0;
    for (let i = k + 1; i < n; i++) along += (p[i] as number) * (v[i] as number);
    const half = 0.5 * scale * along;
    for (let i = k + 1; i < n; i++) p[i] = scale * ((p[i] as number) - half * (v[i] as number));
    for (let i = k + 1; i < n; i++) {
      const row = i * n;
      const vi = v[i] as number;
      const wi = p[i] as number;
      for (let j = k + 1; j <= i; j++) {
        a[row + j] = (a[row + j] as number) - vi * (p[j] as number) - wi * (v[j] as number);
      }
    }
  }
  return scales;
}

/** Qᵀ, made from its last reflection on: rows that an earlier one does not reach are still those of I. */
function reflections(reduced: Float64Array, n: number, scales: Float64Array): Float64Array {
  const q = new Float64Array(n * n);
  for (let i = 0; i < n; i++) q[i * n + i] = 1;
  for (let k = n - 2; k >= 0; k--) {
    const v = reduced.subarray(k * n, (k + 1) * n);
    for (let i = k + 1; i < n; i++) {
      const row = q.subarray(i * n, (i + 1) * n);
      let sum = 0;
      for (let j = k + 1; j < n; j++) sum += (row[j] as number) * (v[j] as number);
      sum *= scales[k] as number;
      for (let j = k + 1; j < n; j++) row[j] = (row[j] as number) - sum * (v[j] as number);
    }
  }
  return q;
}

/** QL sweeps until `values[first]` is an eigenvalue; those before it are already. `beside[i]` couples i and i + 1. */
function isolate(first: number, values: Float64Array, beside: Float64Array, vectors: Float64Array): void {
  const n = values.length;
  for (let sweep = 0; ; sweep++) {
    let last = first;
    while (last < n - 1 && !negligible(last, values, beside)) last++;
    if (last === first) return;
    if (sweep === MAX_SWEEPS) throw new Error(`eigenvalue ${first} of ${n} is not found after ${sweep} sweeps`);
    turn(first, last, values, beside, vectors);
  }
}

/**
 * Beside its neighbours, or beside the whole, of size 1: the reduction has errors of that size already, and neighbours that are nothing
 * but such errors, as in a matrix of deficient rank, never settle.
 */
const negligible = (i: number, values: Float64Array, beside: Float64Array): boolean =>
  Math.abs(beside[i] as number) <=
  Number.EPSILON * Math.max(1, Math.abs(values[i] as number) + Math.abs(values[i + 1] as number));

/** One sweep of rotations from `last` up to `first`, with Wilkinson's shift. */
function turn(first: number, last: number, values: Float64Array, beside: Float64Array, vectors: Float64Array): void {
  const n = values.length;
  const [top, below] = [values[first] as number, beside[first] as number];
  const ratio = ((values[first + 1] as number) - top) / (2 * below);
  const root = Math.sqrt(ratio * ratio + 1);
  let g = (values[last] as number) - top + below / (ratio < 0 ? ratio - root : ratio + root);
  let [sine, cosine, moved] = [1, 1, 0];
  for (let i = last - 1; i >= first; i--) {
    const f = sine * (beside[i] as number);
    const b = cosine * (beside[i] as number);
    const r = Math.sqrt(f * f + g * g);
    beside[i + 1] = r;
    if (r === 0) {
      // Two blocks that no longer touch.
      values[i + 1] = (values[i + 1] as number) - moved;
      beside[last] = 0;
      return;
    }
    sine = f / r;
    cosine = g / r;
    g = (values[i + 1] as number) - moved;
    const s = ((values[i] as number) - g) * sine + 2 * cosine * b;
    moved = sine * s;
    values[i + 1] = g + moved;
    g = cosine * s - b;
    rotate(vectors.subarray(i * n, (i + 1) * n), vectors.subarray((i + 1) * n, (i + 2) * n), sine, cosine);
  }
  values[first] = (values[first] as number) - moved;
  beside[first] = g;
  beside[last] = 0;
}

function rotate(left: Float64Array, right: Float64Array, sine: number, cosine: number): void {
  for (let k = 0; k < left.length; k++) {
    const a = left[k] as number;
    const b = right[k] as number;
    left[k] = cosine * a - sine * b;
    right[k] = sine * a + cosine * b;
  }
}
