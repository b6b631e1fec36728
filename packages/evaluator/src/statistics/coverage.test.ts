/**
 * Coverage of the bounds: mechanisms whose privacy is known are audited a thousand times each, and a bound may lie above the truth in at most
 * 5 % of them. `pnpm test:coverage-of-bounds` does the whole grid.
 */
import { gaussianEpsilon } from '@leakscope/shared/privacy';
import { type Random, seeded } from '@leakscope/shared/random';
import { expect, test } from 'vitest';
import { canaryEpsilonLowerBound } from './one-run.ts';
import { epsilonLowerBound, muLowerBound } from './rank-bounds.ts';

const WHOLE = process.env.LEAKSCOPE_COVERAGE === 'whole';
const DRAWS = 1000;
/** A true rate of 5 % passes this in all but one of a thousand cases; the few cases of the short form must stay within 5 % itself. */
const ALLOWED = WHOLE ? 50 + 3 * Math.sqrt(DRAWS * 0.05 * 0.95) : 50;

interface Case {
  readonly name: string;
  readonly truth: number;
  /** One audit of the mechanism. */
  bound(random: Random): number;
}

const times = <T>(n: number, draw: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => draw(i));

/** Randomised response among M: the truth with e^eps times the probability of any other, but for delta, when it is shown plainly. */
function randomisedResponse(epsilon: number, candidates: number, victims: number, delta: number): Case {
  const honest = delta + ((1 - delta) * Math.exp(epsilon)) / (Math.exp(epsilon) + candidates - 1);
  return {
    name: `randomised response: eps ${epsilon}, ${victims} victims among ${candidates}, delta ${delta}`,
    truth: epsilon,
    bound: (random) => {
      const ranks = times(victims, () => (random.uniform() < honest ? 1 : 2));
      return epsilonLowerBound({ ranks, candidates, k: 1 }, delta);
    },
  };
}

/** Subset selection: k of M, any set with the truth e^eps times as likely as any without. */
function subsetSelection(epsilon: number, candidates: number, k: number, victims: number): Case {
  const weight = k * Math.exp(epsilon);
  const honest = weight / (weight + candidates - k);
  return {
    name: `subset selection: eps ${epsilon}, ${victims} victims, ${k} of ${candidates}`,
    truth: epsilon,
    bound: (random) => {
      const ranks = times(victims, () => (random.uniform() < honest ? 1 + random.int(k) : k + 1));
      return epsilonLowerBound({ ranks, candidates, k }, 0);
    },
  };
}

/** Gaussian noise on one of M orthogonal updates of length mu; the attack ranks by the product with y. Exchanging two of them moves the update by mu √2. */
function gaussianGame(mu: number, candidates: number, k: number, victims: number, of: 'mu' | 'epsilon'): Case {
  const delta = 1e-3;
  return {
    name: `Gaussian selection: ${of} for mu ${mu}, ${victims} victims among ${candidates}, first ${k}`,
    truth: of === 'mu' ? mu : gaussianEpsilon(mu * Math.SQRT2, delta),
    bound: (random) => {
      const ranks = times(victims, () => {
        const own = mu + random.normal();
        let rank = 1;
        for (let other = 1; other < candidates; other++) if (random.normal() >= own) rank++;
        return rank;
      });
      const audit = { ranks, candidates, k };
      return of === 'mu' ? muLowerBound(audit) : epsilonLowerBound(audit, delta);
    },
  };
}

/** Each canary's bit by randomised response, but for delta, when all are shown plainly; the auditor guesses at the first r. */
function canaries(epsilon: number, m: number, guesses: number, delta: number): Case {
  const honest = 1 / (1 + Math.exp(-epsilon));
  return {
    name: `one run: eps ${epsilon}, ${guesses} guesses at ${m} canaries, delta ${delta}`,
    truth: epsilon,
    bound: (random) => {
      const plain = random.uniform() < delta;
      const correct = times(guesses, () => plain || random.uniform() < honest).filter(Boolean).length;
      return canaryEpsilonLowerBound({ canaries: m, guesses, correct }, delta);
    },
  };
}

const SHORT: readonly Case[] = [
  randomisedResponse(4, 100, 30, 0),
  randomisedResponse(3, 50, 40, 0.05),
  subsetSelection(3, 60, 5, 30),
  gaussianGame(2, 40, 1, 20, 'mu'),
  gaussianGame(2, 40, 1, 20, 'epsilon'),
  canaries(2, 60, 40, 0),
  canaries(3, 30, 30, 1e-3),
];

const grid = (): Case[] => {
  const cases: Case[] = [];
  for (const epsilon of [0.5, 2, 5, 8]) {
    for (const victims of [4, 12, 50, 200]) {
      for (const candidates of [10, 200, 1400]) {
        for (const delta of [0, 1e-5, 0.05]) cases.push(randomisedResponse(epsilon, candidates, victims, delta));
        cases.push(subsetSelection(epsilon, candidates, 5, victims));
      }
    }
    for (const m of [20, 100, 400]) {
      for (const delta of [0, 1e-5, 1e-3])
        cases.push(canaries(epsilon, m, m, delta), canaries(epsilon, m, m / 4, delta));
    }
  }
  for (const mu of [0.5, 1.5, 3]) {
    for (const victims of [12, 50]) {
      for (const k of [1, 5]) {
        cases.push(gaussianGame(mu, 100, k, victims, 'mu'), gaussianGame(mu, 100, k, victims, 'epsilon'));
      }
    }
  }
  return cases;
};

test.each(WHOLE ? grid() : SHORT)(
  '$name',
  ({ name, truth, bound }) => {
    const random = seeded('coverage', name);
    const bounds = times(DRAWS, () => bound(random));
    const above = bounds.filter((value) => value > truth).length;
    const mean = bounds.reduce((sum, value) => sum + value, 0) / DRAWS;
    if (WHOLE)
      process.stdout.write(
        `${name}: above the truth in ${above} of ${DRAWS}, ${mean.toFixed(2)} of ${truth.toFixed(2)} on average\n`,
      );
    expect(above).toBeLessThanOrEqual(ALLOWED);
    // A bound of zero would never be wrong: in the short form each must show a good part of the truth.
    if (!WHOLE) expect(mean).toBeGreaterThan(truth / 5);
  },
  300_000,
);

test('finds out a bound that is wrong: the number of candidates overstated, or delta left out', () => {
  const { truth, bound } = randomisedResponse(3, 50, 40, 0);
  const random = seeded('wrong bound');
  const overstated = times(DRAWS, () => bound(random) + Math.log(200 / 50));
  expect(overstated.filter((value) => value > truth).length).toBeGreaterThan(200);
  const honest = 0.05 + (0.95 * Math.exp(1)) / (Math.exp(1) + 199);
  const withoutDelta = times(DRAWS, () => {
    const ranks = times(40, () => (random.uniform() < honest ? 1 : 2));
    return epsilonLowerBound({ ranks, candidates: 200, k: 1 }, 0);
  });
  expect(withoutDelta.filter((value) => value > 1).length).toBeGreaterThan(200);
});
