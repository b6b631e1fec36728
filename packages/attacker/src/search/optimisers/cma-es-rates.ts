/** Weights and rates of CMA-ES: Hansen's defaults (arXiv 1604.00772, table 1), from the dimension and the population alone. */
import { logarithm } from '@leakscope/shared/elementary';

export interface CmaEsRates {
  /** Of a generation's steps, best first: the better half's sum to 1, the others' are negative. */
  readonly weights: Float64Array;
  /** How many steps move the mean: the better half, whose weights are positive. */
  readonly parents: number;
  /** Effective number of parents, μ_eff: 1 / Σ w² over them. */
  readonly effective: number;
  /** c_σ and d_σ: the step-size path's rate, and how much the step size is damped. */
  readonly path: number;
  readonly damping: number;
  /** c_c: rate of the covariance's path. */
  readonly covariancePath: number;
  /** c_1 and c_μ: how much one generation's path and steps tell about the covariance. */
  readonly rankOne: number;
  readonly rankMu: number;
  /** E‖N(0, I)‖. */
  readonly expectedNorm: number;
  /** Generations that go by before the covariance is decomposed again: it changes little meanwhile. */
  readonly decomposeEvery: number;
}

/** `dimension` n ≥ 1 and `population` λ ≥ 4. */
export function cmaEsRates(dimension: number, population: number): CmaEsRates {
  const n = dimension;
  const parents = Math.floor(population / 2);
  const raw = Float64Array.from(
    { length: population },
    (_, i) => logarithm((population + 1) / 2) - (i === 0 ? 0 : logarithm(i + 1)),
  );
  const effective = effectiveNumber(raw.subarray(0, parents));
  const path = (effective + 2) / (n + effective + 5);
  const damping = 1 + 2 * Math.max(0, Math.sqrt((effective - 1) / (n + 1)) - 1) + path;
  const covariancePath = (4 + effective / n) / (n + 4 + (2 * effective) / n);
  const rankOne = 2 / ((n + 1.3) * (n + 1.3) + effective);
  const rankMu = Math.min(1 - rankOne, (2 * (1 / 4 + effective + 1 / effective - 2)) / ((n + 2) * (n + 2) + effective));
  // How much negative weight the covariance bears: no more than it learns, and never so much that it could lose an axis.
  const against = Math.min(
    1 + rankOne / rankMu,
    1 + (2 * effectiveNumber(raw.subarray(parents))) / (effective + 2),
    (1 - rankOne - rankMu) / (n * rankMu),
  );
  const positive = raw.reduce((sum, w) => sum + Math.max(0, w), 0);
  const negative = raw.reduce((sum, w) => sum + Math.max(0, -w), 0);
  return {
    weights: raw.map((w) => (w >= 0 ? w / positive : (against * w) / negative)),
    parents,
    effective,
    path,
    damping,
    covariancePath,
    rankOne,
    rankMu,
    expectedNorm: Math.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n)),
    decomposeEvery: Math.max(1, Math.floor(1 / (10 * n * (rankOne + rankMu)))),
  };
}

/** (Σ w)² / Σ w². */
function effectiveNumber(weights: Float64Array): number {
  const sum = weights.reduce((a, w) => a + w, 0);
  return (sum * sum) / weights.reduce((a, w) => a + w * w, 0);
}
