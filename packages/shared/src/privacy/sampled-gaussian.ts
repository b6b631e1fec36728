/**
 * Accountant of DP-SGD: Rényi differential privacy of the sampled Gaussian mechanism, in which each example joins a batch with
 * probability q, independently of all others (Mironov, Talwar and Zhang 2019). Neighbours differ by one example left out.
 */

export interface SampledGaussian {
  /** q in (0, 1]. */
  readonly rate: number;
  /** Deviation of the noise on the sum, in units of the clipping bound. */
  readonly noiseMultiplier: number;
  readonly steps: number;
  /** In (0, 1). */
  readonly delta: number;
}

/** Those of Opacus, and three larger ones for little data and much noise. */
const ORDERS = [
  ...Array.from({ length: 99 }, (_, i) => 1 + (i + 1) / 10),
  ...Array.from({ length: 52 }, (_, i) => i + 12),
  ...[128, 256, 512],
];

/**
 * An upper bound on the epsilon of all steps together: the best order of the Rényi bound, turned into (epsilon, delta) by Balle et
 * al. 2020, theorem 21. Infinity without noise.
 */
export function sampledGaussianEpsilon({ rate, noiseMultiplier, steps, delta }: SampledGaussian): number {
  if (noiseMultiplier === 0) return Number.POSITIVE_INFINITY;
  const bounds = ORDERS.map(
    (order) =>
      steps * sampledGaussianRdp(rate, noiseMultiplier, order) +
      Math.log1p(-1 / order) -
      (Math.log(delta) + Math.log(order)) / (order - 1),
  );
  return Math.max(0, Math.min(...bounds));
}

/**
 * Rényi divergence of one step at this order (> 1, whole or not): ln E[((1 - q) + q e^((2z - 1) / 2σ²))^order] / (order - 1) over
 * z ~ N(0, σ²), σ the noise multiplier.
 */
export function sampledGaussianRdp(rate: number, noiseMultiplier: number, order: number): number {
  const variance = noiseMultiplier ** 2;
  // The trapezoidal rule converges exponentially: half a variance resolves the bracket, a quarter deviation the density, both to 1e-15.
  const step = Math.min(noiseMultiplier / 4, variance / 2);
  const reach = 12 * noiseMultiplier;
  const points = Math.ceil((order + 2 * reach) / step);
  const logs = new Float64Array(points);
  let greatest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < points; i++) {
    const z = i * step - reach;
    const ratio = addInLogs(Math.log1p(-rate), Math.log(rate) + (2 * z - 1) / (2 * variance));
    const log = order * ratio - (z * z) / (2 * variance);
    logs[i] = log;
    greatest = Math.max(greatest, log);
  }
  const sum = logs.reduce((total, log) => total + Math.exp(log - greatest), 0);
  const moment = greatest + Math.log((sum * step) / (noiseMultiplier * Math.sqrt(2 * Math.PI)));
  return Math.max(0, moment) / (order - 1);
}

/** ln(e^a + e^b). */
function addInLogs(a: number, b: number): number {
  return Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
}
