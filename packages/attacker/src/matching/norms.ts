/**
 * Gradients of batch norms that use running statistics: gamma's is (along - mean beta) / sqrt(variance + eps), from two sums of each
 * channel. All norms of a model are joined: forty tensors of a few hundred entries cost an operation each, one of thousands no more.
 */
import * as tf from '@leakscope/engine/tf';
import { type Weights, weight } from '@leakscope/models';
import type { ExplicitTerm, Term } from './term.ts';
import { foldedNorm } from './watch.ts';

/** What one norm's gradients follow from, each [N, C, 1, 1]. */
export interface NormSums {
  /** PyTorch name of the norm. */
  readonly name: string;
  /** Sum of delta times what was normalised. */
  readonly along: tf.Tensor;
  /** Sum of delta: beta's gradient. */
  readonly beta: tf.Tensor;
}

/** Terms of gamma and of beta, over all norms together, or `apart`, one a parameter. `y`: intercepted updates [updates, C]. */
export function joinedNormTerms(norms: readonly NormSums[], theta: Weights, y: Weights, apart: boolean): Term[] {
  if (norms.length === 0) return [];
  const folded = norms.map(({ name }) => foldedNorm(theta, name));
  const deviation = vector(folded.map((norm) => norm.deviation));
  // Everything but the sums is constant, and a sum of products has no sign to turn on the way back.
  const towards = vector(folded.map((norm) => tf.neg(tf.mul(norm.mean, norm.deviation))));
  const beta = tf.concat(
    norms.map((norm) => norm.beta),
    1,
  );
  const along = tf.concat(
    norms.map((norm) => norm.along),
    1,
  );
  const gamma = tf.add(tf.mul(along, deviation), tf.mul(beta, towards));
  const names = (suffix: string): string[] => norms.map(({ name }) => `${name}.${suffix}`);
  return [joined(names('weight'), gamma, y), joined(names('bias'), beta, y)].flatMap((term) =>
    apart ? separate(term, y) : [term],
  );
}

/** Numbers of all norms' channels, [1, C, 1, 1]. */
const vector = (parts: readonly tf.Tensor[]): tf.Tensor => tf.reshape(tf.concat([...parts]), [1, -1, 1, 1]);

const joined = (names: readonly string[], gradient: tf.Tensor, y: Weights): ExplicitTerm => ({
  kind: 'explicit',
  names,
  gradient,
  y: tf.concat(
    names.map((name) => weight(y, name)),
    1,
  ),
});

/** One term for each name, cut out of all. */
function separate({ names, gradient }: ExplicitTerm, y: Weights): Term[] {
  const population = gradient.shape[0] as number;
  let from = 0;
  return names.map((name) => {
    const target = weight(y, name);
    const channels = target.shape[1] as number;
    const own = tf.slice(gradient, [0, from, 0, 0], [population, channels, 1, 1]);
    from += channels;
    return { kind: 'explicit', names: [name], gradient: own, y: target };
  });
}
