/** Gamma and Dirichlet draws, the same to the last bit on every machine: Math.log and Math.exp may differ there, and with them the shards. */
import { exponential, logarithm } from '@leakscope/shared/elementary';
import type { Random } from '@leakscope/shared/random';

/** Logarithm of a Gamma(shape, 1) draw, which does not vanish for small shapes (Marsaglia and Tsang, 2000). */
export function logGamma(shape: number, random: Random): number {
  // Below 1: a draw at shape + 1, times U^(1/shape).
  if (shape < 1) return logGamma(shape + 1, random) + logarithm(1 - random.uniform()) / shape;
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const root = 1 + c * x;
    if (root <= 0) continue;
    const v = root * root * root;
    if (logarithm(1 - random.uniform()) < 0.5 * x * x + d - d * v + d * logarithm(v)) return logarithm(d * v);
  }
}

/** Below this, e^x is no normal number: a share of 0. */
const SMALLEST = -708;

/** A point of the simplex: n shares that add up to 1, Dirichlet(alpha, ..., alpha). */
export function dirichlet(n: number, alpha: number, random: Random): number[] {
  const logs = Array.from({ length: n }, () => logGamma(alpha, random));
  const greatest = Math.max(...logs);
  const draws = logs.map((log) => (log - greatest < SMALLEST ? 0 : exponential(log - greatest)));
  const sum = draws.reduce((a, b) => a + b, 0);
  return draws.map((draw) => draw / sum);
}
