/** How likely observations are under a Gaussian process, exactly, and which way its hyperparameters would make them likelier. */
import { logarithm } from '@leakscope/shared/elementary';
import { cholesky, inverseFrom, solveLower, solveLowerTransposed } from '@leakscope/shared/linear-algebra';
import { covariances, distancesWithin, type Hyperparameters, maternSlope } from './matern.ts';

/** Points and what was observed there. */
export interface Observations {
  /** [n × dimension]. */
  readonly points: Float64Array;
  /** [n]. */
  readonly values: Float64Array;
}

export interface MarginalLikelihood {
  /** log p(values | points). */
  readonly value: number;
  /** Its derivative by each hyperparameter. */
  readonly gradient: Hyperparameters;
}

/**
 * With K the observations' covariance and α = K⁻¹ (values - mean): -½ (values - mean) · α - ½ log det K - ½ n log 2π, whose derivative by
 * a hyperparameter of K is ½ Σ (α αᵀ - K⁻¹) ∘ K'. Rasmussen and Williams, "Gaussian Processes for Machine Learning", section 5.4.1.
 * @throws RangeError where K is not positive definite
 */
export function marginalLikelihood({ points, values }: Observations, at: Hyperparameters): MarginalLikelihood {
  const { mean, outputScale, noise, lengthscales } = at;
  const n = values.length;
  const apart = distancesWithin(points, lengthscales);
  const covariance = covariances(apart, outputScale);
  const observed = covariance.slice();
  for (let i = 0; i < n; i++) observed[i * n + i] = (observed[i * n + i] as number) + noise;
  const lower = cholesky(observed, n);
  const residuals = values.map((value) => value - mean);
  const alpha = residuals.slice();
  solveLower(lower, n, alpha);
  solveLowerTransposed(lower, n, alpha);

  let value = -0.5 * n * logarithm(2 * Math.PI);
  for (let i = 0; i < n; i++) {
    value -= 0.5 * (residuals[i] as number) * (alpha[i] as number) + logarithm(lower[i * n + i] as number);
  }

  const inverse = inverseFrom(lower, n);
  const slopes = new Float64Array(lengthscales.length);
  let [byScale, byNoise] = [0, 0];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const weight = 0.5 * ((alpha[i] as number) * (alpha[j] as number) - (inverse[i * n + j] as number));
      // Each pair stands twice in the matrices.
      byScale += (i === j ? 1 : 2) * weight * (covariance[i * n + j] as number);
      if (i === j) byNoise += weight;
      else addSquares(slopes, 2 * weight * outputScale * maternSlope(apart[i * n + j] as number), points, i, j);
    }
  }
  return {
    value,
    gradient: {
      mean: alpha.reduce((sum, x) => sum + x, 0),
      outputScale: byScale / outputScale,
      noise: byNoise,
      lengthscales: slopes.map((slope, k) => slope / (lengthscales[k] as number) ** 3),
    },
  };
}

/** Adds `weight` times the squared difference of points i and j along each coordinate. */
function addSquares(sums: Float64Array, weight: number, points: Float64Array, i: number, j: number): void {
  const dimension = sums.length;
  for (let k = 0, atI = i * dimension, atJ = j * dimension; k < dimension; k++) {
    const difference = (points[atI + k] as number) - (points[atJ + k] as number);
    sums[k] = (sums[k] as number) + weight * difference * difference;
  }
}
