/** Label inference from the last layer's gradient (Zhao et al. 2020, iDLG; counts for batches as in Wainakh et al. 2022). */
import type { Classifier } from '@leakscope/models';
import type { LabelEstimate } from '@leakscope/shared/reconstruction';
import type { NamedTensors } from '@leakscope/shared/tensors';
import { headGradient, headProbabilities, leakedFeatures } from './head.ts';

export interface LabelEvidence {
  readonly model: Classifier;
  readonly weights: NamedTensors;
  readonly gradient: NamedTensors;
  readonly batchSize: number;
  /** Estimated standard deviation of noise on each entry; 0 where none was found. */
  readonly sigma: number;
}

/**
 * Cross entropy over non-negative features gives the true label's row of the weight's gradient the only negative sum:
 * one example's label is the argmin of the row sums. A batch's label counts come from the bias's gradient.
 */
export function inferLabels(evidence: LabelEvidence): LabelEstimate {
  return evidence.batchSize === 1 ? inferOne(evidence) : inferCounts(evidence);
}

/** Sums of the rows of [classes, features], in float64. */
export function rowSums(weight: Float32Array, features: number): Float64Array {
  const sums = new Float64Array(weight.length / features);
  for (let i = 0; i < weight.length; i++) {
    const row = Math.floor(i / features);
    sums[row] = (sums[row] as number) + (weight[i] as number);
  }
  return sums;
}

function inferOne({ model, gradient, sigma }: LabelEvidence): LabelEstimate {
  const sums = rowSums(headGradient(model, gradient).weight, model.featureCount);
  const order = [...sums.keys()].sort((a, b) => (sums[a] as number) - (sums[b] as number));
  const [label = 0, runnerUp = 0] = order;
  const margin = (sums[runnerUp] as number) - (sums[label] as number);
  const signRuleHolds = (sums[label] as number) < 0;
  // The difference of two row sums carries the noise of 2 · features entries.
  const spread = sigma * Math.sqrt(2 * model.featureCount);
  const confidence = margin === 0 || !signRuleHolds ? 1 / model.classes : spread === 0 ? 1 : normalCdf(margin / spread);
  return { values: [label], source: 'inferred', confidence };
}

/**
 * The bias's gradient is mean(p)_c - n_c / B. mean(p) is taken at the features that the gradient leaks, and the counts
 * n_c are rounded to the sum B by largest remainders. A clipped update hides its scale and with it the counts.
 */
function inferCounts({ model, weights, gradient, batchSize, sigma }: LabelEvidence): LabelEstimate {
  const head = headGradient(model, gradient);
  const features = leakedFeatures(model, head);
  const guess = features?.every(Number.isFinite)
    ? headProbabilities(model, weights, features)
    : new Float64Array(model.classes).fill(1 / model.classes);
  const shares = guess.map((p, c) => Math.max(0, batchSize * (p - (head.bias[c] as number))));
  const total = shares.reduce((sum, share) => sum + share, 0);
  const expected = shares.map((share) => (total > 0 ? (share * batchSize) / total : batchSize / model.classes));
  const counts = roundToSum(expected, batchSize);
  const worst = Math.max(...counts.map((count, c) => Math.abs(count - (expected[c] as number))));
  // Half a label away from a whole number is a coin toss; so is noise as large as one label's share.
  const noise = batchSize * sigma;
  const values = [...counts].flatMap((count, c) => new Array<number>(count).fill(c));
  return { values, source: 'inferred', confidence: Math.max(0, 1 - 2 * worst) / (1 + noise) };
}

/** Non-negative whole numbers with the given sum, nearest to `shares` by largest remainders. */
export function roundToSum(shares: Float64Array, sum: number): Uint32Array {
  const counts = Uint32Array.from(shares, Math.floor);
  const missing = sum - counts.reduce((a, b) => a + b, 0);
  const byRemainder = [...shares.keys()].sort(
    (a, b) => (shares[b] as number) - (counts[b] as number) - ((shares[a] as number) - (counts[a] as number)) || a - b,
  );
  for (const c of byRemainder.slice(0, missing)) counts[c] = (counts[c] as number) + 1;
  return counts;
}

/** Standard normal distribution function, to 1e-7 (Abramowitz and Stegun 26.2.17). */
function normalCdf(x: number): number {
  if (x < 0) return 1 - normalCdf(-x);
  const t = 1 / (1 + 0.2316419 * x);
  const tail = [1.330274429, -1.821255978, 1.781477937, -0.356563782, 0.31938153].reduce((sum, c) => (sum + c) * t, 0);
  return 1 - (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * tail;
}
