import { expect, it } from 'vitest';
import { rateLowerBound } from './binomial.ts';
import { canaryEpsilonLowerBound } from './one-run.ts';

it('without delta: the logit of the lower bound on the share of right guesses', () => {
  for (const [guesses, correct] of [
    [20, 18],
    [100, 100],
    [50, 35],
  ] as const) {
    const rate = rateLowerBound(correct, guesses);
    const epsilon = canaryEpsilonLowerBound({ canaries: 100, guesses, correct }, 0);
    expect(epsilon).toBeCloseTo(Math.log(rate / (1 - rate)), 8);
  }
});

it('with delta: two guesses, both right, by hand', () => {
  // q = e^eps / (1 + e^eps). f(2) = q², f(1) - f(2) = 2q(1-q), f(0) - f(2) = 1 - q²: p = q² + 2 m delta max(2q(1-q), (1 - q²) / 2) = .3.
  const [m, delta] = [3, 0.01];
  const epsilon = canaryEpsilonLowerBound({ canaries: m, guesses: 2, correct: 2, confidence: 0.7 }, delta);
  const q = 1 / (1 + Math.exp(-epsilon));
  expect(q ** 2 + 2 * m * delta * Math.max(2 * q * (1 - q), (1 - q ** 2) / 2)).toBeCloseTo(0.3, 8);
  expect(epsilon).toBeGreaterThan(0);
  expect(epsilon).toBeLessThan(canaryEpsilonLowerBound({ canaries: m, guesses: 2, correct: 2, confidence: 0.7 }, 0));
});

it('pays for delta with the number of canaries, guessed at or not', () => {
  const audit = { guesses: 50, correct: 45 };
  const few = canaryEpsilonLowerBound({ ...audit, canaries: 50 }, 1e-4);
  expect(canaryEpsilonLowerBound({ ...audit, canaries: 500 }, 1e-4)).toBeLessThan(few);
  expect(canaryEpsilonLowerBound({ ...audit, canaries: 50_000 }, 1e-2)).toBe(0);
});

it('coins tossed show nothing; counts that cannot be are refused', () => {
  expect(canaryEpsilonLowerBound({ canaries: 100, guesses: 100, correct: 52 }, 0)).toBe(0);
  expect(canaryEpsilonLowerBound({ canaries: 10, guesses: 0, correct: 0 }, 0)).toBe(0);
  expect(() => canaryEpsilonLowerBound({ canaries: 10, guesses: 11, correct: 3 }, 0)).toThrow(RangeError);
  expect(() => canaryEpsilonLowerBound({ canaries: 10, guesses: 3, correct: 4 }, 0)).toThrow(RangeError);
});
