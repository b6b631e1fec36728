/** What a Gaussian process expects after its observations, exactly, and draws from that. */
import { cholesky, gram, solveLower, solveLowerTransposed } from '@leakscope/shared/linear-algebra';
import type { Random } from '@leakscope/shared/random';
import type { Observations } from './marginal-likelihood.ts';
import { covariances, distances, distancesWithin, type Hyperparameters } from './matern.ts';

/**
 * Draws `count` times what would be observed at all of `candidates`, [m × dimension], jointly: [count × m]. An observation has the
 * process's noise. Takes about n² m + n m² + m³ / 3 operations for n observations and m candidates.
 * @throws RangeError where a covariance is not positive definite
 */
export function drawObservations(
  { points, values }: Observations,
  { mean, outputScale, noise, lengthscales }: Hyperparameters,
  candidates: Float64Array,
  count: number,
  random: Random,
): Float64Array {
  const n = values.length;
  const m = candidates.length / lengthscales.length;
  const lower = cholesky(withNoise(covariances(distancesWithin(points, lengthscales), outputScale), n, noise), n);
  const alpha = values.map((value) => value - mean);
  solveLower(lower, n, alpha);
  solveLowerTransposed(lower, n, alpha);

  const cross = covariances(distances(candidates, points, lengthscales), outputScale);
  const means = new Float64Array(m).fill(mean);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) means[i] = (means[i] as number) + (cross[i * n + j] as number) * (alpha[j] as number);
  }
  // The covariance of the candidates is what it was, less what the observations explain of it.
  solveLower(lower, n, cross);
  const explained = gram(cross, m, n);
  const prior = covariances(distancesWithin(candidates, lengthscales), outputScale);
  const factor = cholesky(
    withNoise(
      prior.map((x, i) => x - (explained[i] as number)),
      m,
      noise,
    ),
    m,
  );

  const draws = new Float64Array(count * m);
  for (let draw = 0; draw < count; draw++) {
    const normals = Float64Array.from({ length: m }, () => random.normal());
    for (let i = 0; i < m; i++) {
      let sum = means[i] as number;
      for (let k = 0; k <= i; k++) sum += (factor[i * m + k] as number) * (normals[k] as number);
      draws[draw * m + i] = sum;
    }
  }
  return draws;
}

/** Adds `noise` to the diagonal of a matrix, [n × n]. */
function withNoise(matrix: Float64Array, n: number, noise: number): Float64Array {
  for (let i = 0; i < n; i++) matrix[i * n + i] = (matrix[i * n + i] as number) + noise;
  return matrix;
}
