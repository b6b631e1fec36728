/**
 * What noise leaves of an image for any attack at all: van Trees' bound on the latent error, without running one. For y = g(z) + N(0, sigma² I) and
 * z ~ N(0, I_n), every estimate has E‖ẑ - z‖² >= tr[(E[JᵀJ] / sigma² + I)⁻¹], J = dg/dz (van Trees 1968; Gill and Levit 1995).
 */
import { addOuter, symmetricEigen } from '@leakscope/shared/linear-algebra';

export interface VanTreesBound {
  /** Least expected ‖ẑ - z‖², in (0, n]. */
  readonly error: number;
  /** `error` / n: 1 where nothing can be learned beyond the prior, 0 where everything may be. */
  readonly share: number;
}

/** JᵀJ at one z, [n × n], its lower triangle alone, from the rows of J: one for each entry of the update, [n] each. */
export function jacobianGram(n: number, rows: Iterable<Float64Array>): Float64Array {
  const gram = new Float64Array(n * n);
  for (const row of rows) addOuter(gram, 1, row);
  return gram;
}

/**
 * The bound from JᵀJ at several z drawn from the prior, at least one, [n × n] each, and the noise's deviation (> 0). The mean over few
 * points is a little too high a bound (the trace of an inverse is convex): compare it with that of half the points.
 */
export function vanTreesBound(grams: readonly Float64Array[], n: number, sigma: number): VanTreesBound {
  const mean = new Float64Array(n * n);
  for (const gram of grams)
    for (let i = 0; i < mean.length; i++) mean[i] = (mean[i] as number) + (gram[i] as number) / grams.length;
  const { values } = symmetricEigen(mean, n);
  // Eigenvalues of JᵀJ are not negative but for rounding.
  const error = values.reduce((sum, value) => sum + 1 / (1 + Math.max(0, value) / sigma ** 2), 0);
  return { error, share: error / n };
}
