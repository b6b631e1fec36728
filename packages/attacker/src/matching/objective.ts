/** How far a candidate's gradient is from the intercepted one, and how far its latent is from the prior. */
import * as tf from '@leakscope/engine/tf';
import type { MatchingLoss, Regulariser } from './problem.ts';
import { isExplicit, joined, type Term } from './term.ts';

/** The smallest normal float32. */
const SMALLEST = 2 ** -126;

/** Explicit gradients up to this many entries are compared side by side as one. */
const LARGEST_JOINED = 4096;

export interface Objective {
  /** The distance, [N]. */
  readonly match: tf.Tensor;
  /** ||T(g)||^2 and <T(g), y> over all parameters, [N]. */
  readonly square: tf.Tensor;
  readonly dot: tf.Tensor;
}

/** Compares transformed terms with their targets. */
export function compare(terms: readonly Term[], loss: MatchingLoss, reduction: 'sum' | 'mean'): Objective {
  const parts = gathered(terms);
  const sum = (of: (term: Term) => tf.Tensor): tf.Tensor => tf.addN(parts.map(of));
  const square = sum((term) => term.square());
  const dot = sum((term) => term.dot());
  if (loss === 'cosine') {
    const target = tf.addN(parts.map((term) => term.targetSquare));
    // The smallest normal number keeps a zero gradient from dividing by zero: its match is then 1.
    const norms = tf.sqrt(tf.maximum(tf.mul(square, target), SMALLEST));
    return { match: tf.sub(1, tf.div(dot, norms)), square, dot };
  }
  const distance = sum((term) => term.distance());
  return { match: reduction === 'mean' ? tf.div(distance, terms.length) : distance, square, dot };
}

/** The same terms with the small explicit ones joined into one. */
function gathered(terms: readonly Term[]): readonly Term[] {
  const small = terms.filter(isExplicit).filter((term) => term.target.size <= LARGEST_JOINED);
  if (small.length < 2) return terms;
  const rest = terms.filter((term) => !small.some(({ name }) => name === term.name));
  return [joined(small), ...rest];
}

/** The regulariser's value of each latent in z [N, k], before its weight; [N]. */
export function regularise(kind: Regulariser['kind'], z: tf.Tensor): tf.Tensor {
  const entries = z.shape[1] as number;
  switch (kind) {
    case 'none':
      return tf.zeros([z.shape[0] as number]);
    case 'norm':
      return tf.square(tf.sub(tf.sum(tf.square(z), 1), entries));
    case 'kld': {
      const mean = tf.mean(z, 1, true);
      const variance = tf.mean(tf.square(tf.sub(z, mean)), 1);
      const meanSquare = tf.square(tf.reshape(mean, [-1]));
      return tf.mul(tf.sub(tf.sub(tf.add(tf.log(tf.add(variance, 1e-10)), 1), meanSquare), variance), -0.5);
    }
  }
}
