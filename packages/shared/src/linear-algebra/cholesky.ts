/** Cholesky's factorisation of positive definite matrices, and what it makes cheap: systems and inverses. */
import { gram, identity } from './dense.ts';

/**
 * The lower triangle l with l lᵀ = a, [n × n]; zeros above the diagonal. Reads the lower triangle of `a`, which stays as it is. About
 * n³ / 3 operations. @throws RangeError where `a` is not positive definite
 */
export function cholesky(a: Float64Array, n: number): Float64Array {
  const lower = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    const rowJ = lower.subarray(j * n, j * n + j);
    const pivot = less(a[j * n + j] as number, rowJ, rowJ);
    if (!(pivot > 0)) throw new RangeError(`the matrix is not positive definite (row ${j})`);
    const diagonal = Math.sqrt(pivot);
    lower[j * n + j] = diagonal;
    let i = j + 1;
    // Four rows at once: their sums do not wait for one another, and each row of `lower` is read once for four.
    for (; i + 4 <= n; i += 4) {
      const [at0, at1, at2, at3] = [i * n, (i + 1) * n, (i + 2) * n, (i + 3) * n];
      let [sum0, sum1, sum2, sum3] = [a[at0 + j], a[at1 + j], a[at2 + j], a[at3 + j]] as [
        number,
        number,
        number,
        number,
      ];
      for (let k = 0; k < j; k++) {
        const other = rowJ[k] as number;
        sum0 -= (lower[at0 + k] as number) * other;
        sum1 -= (lower[at1 + k] as number) * other;
        sum2 -= (lower[at2 + k] as number) * other;
        sum3 -= (lower[at3 + k] as number) * other;
      }
      lower[at0 + j] = sum0 / diagonal;
      lower[at1 + j] = sum1 / diagonal;
      lower[at2 + j] = sum2 / diagonal;
      lower[at3 + j] = sum3 / diagonal;
    }
    for (; i < n; i++) {
      lower[i * n + j] = less(a[i * n + j] as number, lower.subarray(i * n, i * n + j), rowJ) / diagonal;
    }
  }
  return lower;
}

/** from - x · y. */
function less(from: number, x: Float64Array, y: Float64Array): number {
  let sum = from;
  for (let k = 0; k < x.length; k++) sum -= (x[k] as number) * (y[k] as number);
  return sum;
}

/** Solves l x = b for each row b of `sides`, [any × n], which x replaces. */
export function solveLower(lower: Float64Array, n: number, sides: Float64Array): void {
  const block = 4 * n;
  for (let at = 0; at < sides.length; at += block) substitute(lower, n, sides.subarray(at, at + block), 0);
}

/** `solveLower` for at most four rows, which are zero before entry `from`. */
function substitute(lower: Float64Array, n: number, sides: Float64Array, from: number): void {
  const whole = sides.length === 4 * n;
  for (let at = 0; !whole && at < sides.length; at += n) {
    for (let i = from; i < n; i++) {
      const row = i * n;
      const sum = less(sides[at + i] as number, lower.subarray(row + from, row + i), sides.subarray(at + from, at + i));
      sides[at + i] = sum / (lower[row + i] as number);
    }
  }
  if (!whole) return;
  const [at1, at2, at3] = [n, 2 * n, 3 * n];
  for (let i = from; i < n; i++) {
    const row = i * n;
    let [sum0, sum1, sum2, sum3] = [sides[i], sides[at1 + i], sides[at2 + i], sides[at3 + i]] as [
      number,
      number,
      number,
      number,
    ];
    for (let k = from; k < i; k++) {
      const factor = lower[row + k] as number;
      sum0 -= factor * (sides[k] as number);
      sum1 -= factor * (sides[at1 + k] as number);
      sum2 -= factor * (sides[at2 + k] as number);
      sum3 -= factor * (sides[at3 + k] as number);
    }
    const diagonal = lower[row + i] as number;
    sides[i] = sum0 / diagonal;
    sides[at1 + i] = sum1 / diagonal;
    sides[at2 + i] = sum2 / diagonal;
    sides[at3 + i] = sum3 / diagonal;
  }
}

/** Solves lᵀ x = b; x replaces b, [n]. */
export function solveLowerTransposed(lower: Float64Array, n: number, b: Float64Array): void {
  for (let i = n - 1; i >= 0; i--) {
    let sum = b[i] as number;
    for (let k = i + 1; k < n; k++) sum -= (lower[k * n + i] as number) * (b[k] as number);
    b[i] = sum / (lower[i * n + i] as number);
  }
}

/** The inverse of l lᵀ, [n × n], both triangles. */
export function inverseFrom(lower: Float64Array, n: number): Float64Array {
  // Row i becomes column i of l⁻¹, which is zero before entry i.
  const columns = identity(n);
  for (let i = 0; i < n; i += 4) {
    const rows = columns.subarray(i * n, Math.min(i + 4, n) * n);
    substitute(lower, n, rows, i);
  }
  return gram(columns, n, n, true);
}

/**
 * Solves a x = b for a positive definite `a`, [n × n], and each b of `sides`, [n]. @throws RangeError where `a` is not positive definite
 */
export function solvePositive(a: Float64Array, n: number, sides: readonly Float64Array[]): Float64Array[] {
  const lower = cholesky(a, n);
  return sides.map((side) => {
    const x = side.slice();
    solveLower(lower, n, x);
    solveLowerTransposed(lower, n, x);
    return x;
  });
}
