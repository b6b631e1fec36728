import { normalCdf } from '@leakscope/shared/normal';
import { expect, it } from 'vitest';
import { epsilonLowerBound, muLowerBound, successLowerBound } from './rank-bounds.ts';

const first = (hits: number, n: number, candidates = 1400) => ({
  ranks: Array.from({ length: n }, (_, i) => (i < hits ? 1 : candidates)),
  candidates,
  k: 1,
});

it('epsilon: 10 of 10 first among 1,400 gives 8.3, 5 of 10 gives 6.0, 1 of 4 gives 2.9', () => {
  expect(epsilonLowerBound(first(10, 10), 0)).toBeCloseTo(8.3, 1);
  expect(epsilonLowerBound(first(5, 10), 0)).toBeCloseTo(6.0, 1);
  expect(epsilonLowerBound(first(1, 4), 0)).toBeCloseTo(2.9, 1);
});

it('is 0 where the ranks show nothing: by chance, within delta, without success or victims', () => {
  expect(epsilonLowerBound({ ranks: Array.from({ length: 40 }, (_, i) => i + 1), candidates: 40, k: 4 }, 0)).toBe(0);
  expect(epsilonLowerBound(first(1, 10), 0.01)).toBe(0);
  for (const audit of [first(0, 10), first(0, 0), { ...first(0, 0), ranks: [null, null] }]) {
    expect(epsilonLowerBound(audit, 1e-5)).toBe(0);
    expect(muLowerBound(audit)).toBe(0);
  }
});

it('a failed attack is no success, and delta lowers the bound', () => {
  const audit = first(5, 10);
  const failed = { ...audit, ranks: audit.ranks.map((rank) => (rank === 1 ? 1 : null)) };
  expect(successLowerBound(failed)).toBe(successLowerBound(audit));
  expect(epsilonLowerBound(audit, 0.1)).toBeLessThan(epsilonLowerBound(audit, 1e-5));
});

it('mu: puts the success rate of the bound back where it was', () => {
  const audit = { ...first(8, 20, 100), k: 5 };
  const mu = muLowerBound(audit);
  expect(normalCdf(mu - 1.6448536269514722)).toBeCloseTo(successLowerBound(audit), 10);
});

it('refuses a k that every candidate reaches', () => {
  expect(() => epsilonLowerBound({ ranks: [1], candidates: 5, k: 5 }, 0)).toThrow(RangeError);
  expect(() => muLowerBound({ ranks: [1], candidates: 5, k: 0 })).toThrow(RangeError);
});
