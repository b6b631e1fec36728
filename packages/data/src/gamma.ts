/** Gamma and Dirichlet draws. */
import type { Random } from '@leakscope/shared/random';

/** Logarithm of a Gamma(shape, 1) draw, which does not vanish for small shapes (Marsaglia and Tsang, 2000). */
export function logGamma(shape: number, random: Random): number {
  // Below 1: a draw at shape + 1, times U^(1/shape).
  if (shape < 1) return logGamma(shape + 1, random) + Math.log(1 - random.uniform()) / shape;
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const root = 1 + c * x;
    if (root <= 0) continue;
    const v = root * root * root;
    if (Math.log(1 - random.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return Math.log(d * v);
  }
}

/** A point of the simplex: n shares that add up to 1, Dirichlet(alpha, ..., alpha). */
export function dirichlet(n: number, alpha: number, random: Random): number[] {
  const logs = Array.from({ length: n }, () => logGamma(alpha, random));
  const greatest = Math.max(...logs);
  const draws = logs.map((log) => Math.exp(log - greatest));
  const sum = draws.reduce((a, b) => a + b, 0);
  return draws.map((draw) => draw / sum);
}
