import { gaussianEpsilon, type PrivacyClaim } from '@leakscope/shared/privacy';
import { expect, it } from 'vitest';
import { checkClaim } from './claim-check.ts';
import { epsilonLowerBound, muLowerBound } from './rank-bounds.ts';

const claim = (mu: number): PrivacyClaim => ({
  unit: 'example',
  delta: 1e-5,
  epsilon: gaussianEpsilon(2 * mu, 1e-5),
  mu,
  sampledEpsilon: null,
});
const audit = { ranks: [1, 1, 1, 1, 2, 1, 1, 1], candidates: 500, k: 1 };

it('ranks above the claim are an alarm that names both', () => {
  const check = checkClaim(audit, claim(0.5));
  expect(check).toMatchObject({ alarm: true, epsilon: epsilonLowerBound(audit, 1e-5), mu: muLowerBound(audit) });
  expect(check.verdict).toMatch(/^alarm: .* epsilon 6\.33, mu 2\.95 or more; .* of an example at delta 0\.00001 /);
});

it('mu is looked at too: epsilon alone is blind where the claim is generous', () => {
  const check = checkClaim(audit, { ...claim(2), epsilon: 100 });
  expect(check).toMatchObject({ alarm: true });
  expect(check.epsilon).toBeLessThan(100);
});

it('none where the claim is as large as what is measured, or is none', () => {
  expect(checkClaim(audit, claim(5)).alarm).toBe(false);
  expect(checkClaim(audit, claim(Number.POSITIVE_INFINITY))).toMatchObject({ alarm: false });
  expect(checkClaim({ ...audit, ranks: [300, null] }, claim(0.1)).alarm).toBe(false);
});
