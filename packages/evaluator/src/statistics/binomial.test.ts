import { seeded } from '@leakscope/shared/random';
import { expect, it } from 'vitest';
import { binomialProbabilities, binomialTail, rateLowerBound, wilsonInterval } from './binomial.ts';

it('probabilities: small ones by hand, at both ends, and a large sum', () => {
  expect([...binomialProbabilities(2, 0.25)].map((p) => p.toFixed(12))).toEqual(
    [9 / 16, 6 / 16, 1 / 16].map((p) => p.toFixed(12)),
  );
  expect([...binomialProbabilities(2, 0)]).toEqual([1, 0, 0]);
  expect([...binomialProbabilities(2, 1)]).toEqual([0, 0, 1]);
  expect(binomialProbabilities(4000, 0.3).reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 10);
  expect(binomialTail(10, 0.5, 9)).toBeCloseTo(11 / 1024, 14);
});

it("Clopper-Pearson: SciPy's binomtest(...).proportion_ci('exact'), one-sided", () => {
  expect(rateLowerBound(10, 10)).toBeCloseTo(0.7411344491066529, 12);
  expect(rateLowerBound(5, 10)).toBeCloseTo(0.22244110100812897, 12);
  expect(rateLowerBound(1, 4)).toBeCloseTo(0.012741455098576234, 12);
  expect(rateLowerBound(3, 200)).toBeCloseTo(0.004100613335066181, 12);
  expect(rateLowerBound(0, 7)).toBe(0);
  expect(rateLowerBound(10, 10, 0.99)).toBeCloseTo(0.01 ** (1 / 10), 12);
});

it("Wilson: SciPy's, and inside [0, 1]", () => {
  const [low, high] = wilsonInterval(3, 200);
  expect(low).toBeCloseTo(0.00511423779325831, 12);
  expect(high).toBeCloseTo(0.04316572879269026, 12);
  expect(wilsonInterval(10, 10)[0]).toBeCloseTo(0.7224672001371109, 12);
  expect(wilsonInterval(10, 10)[1]).toBe(1);
  expect(wilsonInterval(0, 10)[0]).toBeCloseTo(0, 15);
});

it('holds where the rates of the trials differ: a bound on the largest', () => {
  const random = seeded('unequal rates');
  let above = 0;
  for (let draw = 0; draw < 1000; draw++) {
    const successes = Array.from({ length: 20 }, (_, i) => random.uniform() < (i % 2 === 0 ? 0.4 : 0.1));
    if (rateLowerBound(successes.filter(Boolean).length, 20) > 0.4) above++;
  }
  expect(above).toBeLessThanOrEqual(50);
});
