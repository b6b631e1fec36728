/** The privacy curve of the Gaussian mechanism, exact, one mu for all: N(0, 1) against N(mu, 1). */
import { millsRatio, normalCdf, normalDensity } from '../normal.ts';

/**
 * The smallest delta of mu-GDP at this epsilon: Φ(-eps/mu + mu/2) - e^eps Φ(-eps/mu - mu/2) (Balle and Wang 2018; Dong, Roth and Su 2022).
 * mu = sensitivity / sigma; T updates of one unit have mu sqrt(T). 0 for mu = 0.
 */
export function gaussianDelta(mu: number, epsilon: number): number {
  if (mu === 0) return 0;
  if (mu === Number.POSITIVE_INFINITY) return 1;
  const low = epsilon / mu - mu / 2;
  const high = epsilon / mu + mu / 2;
  // e^eps φ(high) = φ(low), so that e^eps Φ(-high) is φ(low) times Mills' ratio: no exponential of a large epsilon.
  return Math.max(0, normalCdf(-low) - normalDensity(low) * millsRatio(high));
}

/** The smallest epsilon of mu-GDP at this delta, which must be in (0, 1); Infinity for mu = Infinity. */
export function gaussianEpsilon(mu: number, delta: number): number {
  if (mu === Number.POSITIVE_INFINITY) return mu;
  if (gaussianDelta(mu, 0) <= delta) return 0;
  let low = 0;
  // Φ(-x) <= exp(-x²/2) bounds the first term, and so delta.
  let high = (mu * mu) / 2 + mu * Math.sqrt(-2 * Math.log(delta));
  for (let halving = 0; halving < 100; halving++) {
    const middle = (low + high) / 2;
    if (gaussianDelta(mu, middle) > delta) low = middle;
    else high = middle;
  }
  return high;
}
