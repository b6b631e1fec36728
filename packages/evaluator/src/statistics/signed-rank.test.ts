import { seeded } from '@leakscope/shared/random';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { signedRankTest } from './signed-rank.ts';

/** Every choice of signs, each as likely: what the exact test must equal. Ranks of Pratt, mean ranks for equal sizes. */
function byEnumeration(differences: readonly number[]): number {
  const ranks = differences.map((d) => {
    const below = differences.filter((other) => Math.abs(other) < Math.abs(d)).length;
    const equal = differences.filter((other) => Math.abs(other) === Math.abs(d)).length;
    return below + (equal + 1) / 2;
  });
  const used = ranks.filter((_, i) => differences[i] !== 0);
  const total = used.reduce((sum, rank) => sum + rank, 0);
  const excess = (positive: number) => Math.abs(positive - total / 2);
  const seen = excess(ranks.reduce((sum, rank, i) => sum + ((differences[i] as number) > 0 ? rank : 0), 0));
  let extreme = 0;
  for (let signs = 0; signs < 2 ** used.length; signs++) {
    const positive = used.reduce((sum, rank, i) => sum + ((signs >> i) & 1 ? rank : 0), 0);
    if (excess(positive) >= seen) extreme++;
  }
  return extreme / 2 ** used.length;
}

it("Darwin's maize, as in Fisher 1935 and SciPy's documentation", () => {
  const maize = [6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75];
  const { p, direction, exact } = signedRankTest(maize);
  expect(p).toBeCloseTo(0.041259765625, 14);
  expect({ direction, exact }).toEqual({ direction: 1, exact: true });
  expect(signedRankTest(maize.map((d) => -d))).toEqual({ p, direction: -1, exact: true });
});

it('exact with ties and zeros: every choice of signs counted', () => {
  expect(signedRankTest([1, 1, -1, 2, 2, 3, -3, 0, 0, 4, 5, 5]).p).toBeCloseTo(0.052734375, 14);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -3, max: 4 }), { minLength: 1, maxLength: 10 }), (differences) => {
      expect(signedRankTest(differences).p).toBeCloseTo(byEnumeration(differences), 12);
    }),
    { numRuns: 60 },
  );
});

it('nothing but zeros tells nothing', () => {
  expect(signedRankTest([0, 0, 0])).toEqual({ p: 1, direction: 0, exact: true });
  expect(signedRankTest([])).toMatchObject({ p: 1, direction: 0 });
});

it("from 25 differences on the normal approximation: SciPy's wilcoxon with ties, zero_method='pratt', correction=True", () => {
  const x = Array.from({ length: 40 }, (_, i) => (((7 * i * i + 3 * i) % 41) - 15) / 10);
  const { p, exact } = signedRankTest(x);
  expect(exact).toBe(false);
  expect(p).toBeCloseTo(0.0014715733647577165, 12);
});

it('rejects a true H0 in 5 % of all samples, exact and approximate', () => {
  for (const pairs of [12, 40]) {
    const random = seeded('signed rank', pairs);
    const rejected = Array.from({ length: 2000 }, () => signedRankTest([...random.normals(pairs)]).p <= 0.05);
    const share = rejected.filter(Boolean).length / 2000;
    expect(share).toBeGreaterThan(0.03);
    expect(share).toBeLessThan(0.065);
  }
});
