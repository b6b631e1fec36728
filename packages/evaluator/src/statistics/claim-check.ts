/** A measured bound beside the claim: where it is above, the claim is wrong, or its noise is not what was said. */
import type { PrivacyClaim } from '@leakscope/shared/privacy';
import { epsilonLowerBound, muLowerBound, type RankAudit } from './rank-bounds.ts';

export interface ClaimCheck {
  readonly claim: PrivacyClaim;
  /** Lower bounds from the ranks. */
  readonly epsilon: number;
  readonly mu: number;
  /** Whether one of them is above what is claimed. */
  readonly alarm: boolean;
  readonly verdict: string;
}

/**
 * Holds the ranks of a client's victims against what its defence claims, at the claim's delta. Both bounds are of one victim's
 * image, which is part of either unit. Both are above the truth in the same samples, so that the alarm is false in at most
 * 1 - confidence of all audits. A claim must count as many updates of one victim as its rank is made from.
 */
export function checkClaim(audit: RankAudit, claim: PrivacyClaim): ClaimCheck {
  const epsilon = epsilonLowerBound(audit, claim.delta);
  const mu = muLowerBound(audit);
  const alarm = epsilon > claim.epsilon || mu > claim.mu;
  const one = claim.unit === 'example' ? 'an example' : 'a client';
  const verdict = `${alarm ? 'alarm: ' : ''}the ranks show epsilon ${figure(epsilon)}, mu ${figure(mu)} or more; epsilon ${figure(claim.epsilon)}, mu ${figure(claim.mu)} of ${one} at delta ${claim.delta} are claimed`;
  return { claim, epsilon, mu, alarm, verdict };
}

const figure = (value: number): string => (Number.isFinite(value) ? value.toFixed(2) : 'infinity');
