/** What ranks say of the mechanism that made the updates: lower bounds on epsilon and mu, which hold for any attack. */
import { normalQuantile } from '@leakscope/shared/elementary';
import { rateLowerBound } from './binomial.ts';

/** How the ranks are judged. All but the ranks must be fixed before they are seen. */
export interface RankAudit {
  /** Of the truth among its candidates, ties against the attack, one a distinct victim; null where the attack failed. */
  readonly ranks: readonly (number | null)[];
  /** M: the truth and its decoys; where victims have different numbers, the smallest. */
  readonly candidates: number;
  /** A success is a rank within the first k, 1 <= k < M. */
  readonly k: number;
  /** Probability that the bound is not above the truth; .95 where absent. */
  readonly confidence?: number;
}

/** Clopper-Pearson's lower bound s_L on the rate of "the truth is within the first k". 0 without victims. */
export function successLowerBound({ ranks, k, confidence }: RankAudit): number {
  if (ranks.length === 0) return 0;
  return rateLowerBound(ranks.filter((rank) => rank !== null && rank <= k).length, ranks.length, confidence);
}

/**
 * The largest epsilon that the ranks rule out, at this delta: ln[(M - 1)(s_L - delta) / (k - s_L)], and at least 0. Any mechanism that is
 * (epsilon, delta)-private against exchanging the victim has a larger one, but for 1 - confidence of all audits.
 *
 * Let the victim be a uniform draw among M candidates, and S the k that the attack puts first. With s_i = P[i in S | victim i], privacy says
 * P[i in S | victim j] >= e^-eps (s_i - delta). The sizes of S sum to k whoever the victim is; so, s being the mean of s_i,
 * s + (M - 1) e^-eps (s - delta) <= k, which is the formula. It grows with M: the smallest number of candidates is on the safe side.
 * @throws RangeError where k is not in [1, M)
 */
export function epsilonLowerBound(audit: RankAudit, delta: number): number {
  const { candidates, k } = checked(audit);
  const rate = successLowerBound(audit);
  // s_L < 1 <= k for any finite number of victims.
  return rate <= delta ? 0 : Math.max(0, Math.log(((candidates - 1) * (rate - delta)) / (k - rate)));
}

/**
 * The largest mu that the ranks rule out: Φ⁻¹(s_L) - Φ⁻¹(k / M), and at least 0. Reconstruction robustness (Balle, Cherubin and Hayes 2022; Hayes,
 * Mahloujifar and Balle 2023): whatever is mu-GDP against leaving the victim out shows it within the first k of M with probability at most
 * Φ(mu + Φ⁻¹(k / M)), because an update without the victim shows it with k / M. For Gaussian noise mu = bound / sigma.
 * @throws RangeError where k is not in [1, M)
 */
export function muLowerBound(audit: RankAudit): number {
  const { candidates, k } = checked(audit);
  const rate = successLowerBound(audit);
  return rate === 0 ? 0 : Math.max(0, normalQuantile(rate) - normalQuantile(k / candidates));
}

function checked(audit: RankAudit): RankAudit {
  const { candidates, k } = audit;
  if (!(k >= 1 && k < candidates)) throw new RangeError(`k = ${k} is not in [1, ${candidates})`);
  return audit;
}
