/** Auditing in one run with canaries (Steinke, Nasr and Jagielski 2023): many membership guesses on one update in place of many updates. */
import { binomialProbabilities } from './binomial.ts';

/** What was guessed. Which canaries are guessed at may depend on the update; their number must be fixed beforehand. */
export interface CanaryAudit {
  /** m: each was put into the batch or left out by a fair coin of its own. */
  readonly canaries: number;
  /** r <= m: those at which a guess was made. */
  readonly guesses: number;
  /** v <= r: those guessed right. */
  readonly correct: number;
  /** Probability that the bound is not above the truth; .95 where absent. */
  readonly confidence?: number;
}

/** Bisection ends here: no count of canaries shows as much. */
const LARGEST = 60;

/**
 * The largest epsilon that the guesses rule out at this delta, for neighbours that differ by one example left out; at least 0.
 * @throws RangeError unless 0 <= correct <= guesses <= canaries
 */
export function canaryEpsilonLowerBound(audit: CanaryAudit, delta: number): number {
  const { canaries, guesses, correct, confidence = 0.95 } = audit;
  if (!(correct >= 0 && correct <= guesses && guesses <= canaries)) {
    throw new RangeError(`${correct} right of ${guesses} guesses at ${canaries} canaries`);
  }
  const ruledOut = (epsilon: number): boolean => guessesP(audit, epsilon, delta) <= 1 - confidence;
  if (!ruledOut(0)) return 0;
  let [low, high] = [0, LARGEST];
  for (let halving = 0; halving < 50; halving++) {
    const middle = (low + high) / 2;
    if (ruledOut(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * Their main theorem: under (epsilon, delta)-privacy, P[at least v right] <= f(v) + 2 m delta max_{1 <= i <= v} (f(v - i) - f(v)) / i, where
 * f(v) = P[Binomial(r, e^eps / (1 + e^eps)) >= v]: guesses are at best those of randomised response, but for delta.
 */
function guessesP({ canaries, guesses, correct }: CanaryAudit, epsilon: number, delta: number): number {
  const probability = binomialProbabilities(guesses, 1 / (1 + Math.exp(-epsilon)));
  const tail = probability.subarray(correct).reduce((sum, p) => sum + p, 0);
  let gained = 0;
  let most = 0;
  for (let i = 1; i <= correct; i++) {
    gained += probability[correct - i] as number;
    most = Math.max(most, gained / i);
  }
  return Math.min(1, tail + 2 * canaries * delta * most);
}
