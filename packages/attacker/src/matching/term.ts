/** One parameter's gradient per candidate, as the objective sees it: as values, or only as ||g||^2 and <g, y>. */
import * as tf from '@leakscope/engine/tf';
import { ofCandidates } from './candidates.ts';

/** Gradients that were not built: their two products with themselves and with y. */
export interface GhostTerm {
  readonly kind: 'ghost';
  /** PyTorch names of the parameters: several only where no transform tells them apart (`actsApart`). */
  readonly names: readonly string[];
  /** ||g||^2 and -<g, y> of each candidate, [N]; the sign is in y, which is constant, so that no activation is ever negated. */
  readonly square: tf.Tensor;
  readonly against: tf.Tensor;
  /** The intercepted gradients of each update, [updates, ...] each. */
  readonly targets: readonly tf.Tensor[];
}

/** A gradient that exists, of each candidate: [N, ...] in any shape that holds the parameters' entries in their order. */
export interface ExplicitTerm {
  readonly kind: 'explicit';
  /** PyTorch names of the parameters: several only where no transform tells them apart (`actsApart`). */
  readonly names: readonly string[];
  readonly gradient: tf.Tensor;
  /** The intercepted gradient of each update, [updates, ...]. */
  readonly y: tf.Tensor;
}

export type Term = GhostTerm | ExplicitTerm;

/** Sums over everything but candidates: [N, ...] to [N]. */
export const perCandidate = (x: tf.Tensor): tf.Tensor =>
  tf.sum(
    x,
    Array.from({ length: x.rank - 1 }, (_, i) => i + 1),
  );

/** [N] in a shape that broadcasts over x [N, ...]. */
const along = (factor: tf.Tensor, x: tf.Tensor): tf.Tensor =>
  tf.reshape(factor, [-1, ...new Array<number>(x.rank - 1).fill(1)]);

/** y in the shape of the candidates' gradients. */
export function targetOf({ gradient, y }: ExplicitTerm): tf.Tensor {
  const [population, ...rest] = gradient.shape as [number, ...number[]];
  return tf.reshape(ofCandidates(y, population), [-1, ...rest]);
}

/** ||g||^2, [N]. */
export const squareOf = (term: Term): tf.Tensor =>
  term.kind === 'ghost' ? term.square : perCandidate(tf.square(term.gradient));

/** The same term with each candidate's gradient times its `factor` [N]. */
export function scaled(term: Term, factor: tf.Tensor): Term {
  if (term.kind === 'explicit') return { ...term, gradient: tf.mul(term.gradient, along(factor, term.gradient)) };
  return { ...term, square: tf.mul(term.square, tf.square(factor)), against: tf.mul(term.against, factor) };
}
