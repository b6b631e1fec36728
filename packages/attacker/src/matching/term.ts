/** One parameter's gradient per candidate, as the objective sees it: as values, or only as ||g||^2 and <g, y>. */
import * as tf from '@leakscope/engine/tf';

/** Population sums are vectors [N], one entry a candidate. */
export interface Term {
  /** PyTorch name of the parameter. */
  readonly name: string;
  /** ||g||^2. */
  square(): tf.Tensor;
  /** <g, y>. */
  dot(): tf.Tensor;
  /** ||g - y||^2; exact near the solution where the gradient is explicit. */
  distance(): tf.Tensor;
  /** ||y||^2, a scalar. */
  readonly targetSquare: tf.Tensor;
  /** The same with each candidate's gradient times its `factor` [N]. */
  scaled(factor: tf.Tensor): Term;
}

/** A term whose gradient exists: [N, n] against y [1, n]. */
export interface ExplicitTerm extends Term {
  readonly gradient: tf.Tensor;
  readonly target: tf.Tensor;
}

export const isExplicit = (term: Term): term is ExplicitTerm => 'gradient' in term;

const sumRows = (x: tf.Tensor): tf.Tensor => tf.sum(x, 1);

/** A gradient [N, n] beside what was intercepted, y [n] in any shape. */
export function explicitTerm(name: string, gradient: tf.Tensor, y: tf.Tensor): ExplicitTerm {
  const target = tf.reshape(y, [1, -1]);
  return {
    name,
    gradient,
    target,
    square: () => sumRows(tf.square(gradient)),
    dot: () => sumRows(tf.mul(gradient, target)),
    distance: () => sumRows(tf.square(tf.sub(gradient, target))),
    targetSquare: tf.sum(tf.square(target)),
    scaled: (factor) => explicitTerm(name, tf.mul(gradient, tf.reshape(factor, [-1, 1])), target),
  };
}

/** A gradient known by its two products alone. */
export function ghostTerm(name: string, square: tf.Tensor, dot: tf.Tensor, targetSquare: tf.Tensor): Term {
  return {
    name,
    square: () => square,
    dot: () => dot,
    distance: () => tf.add(tf.sub(square, tf.mul(dot, 2)), targetSquare),
    targetSquare,
    scaled: (factor) => ghostTerm(name, tf.mul(square, tf.square(factor)), tf.mul(dot, factor), targetSquare),
  };
}

/** Small explicit terms side by side as one, so that forty vectors cost one subtraction. */
export function joined(terms: readonly ExplicitTerm[]): ExplicitTerm {
  const name = terms.map((term) => term.name).join('+');
  const gradient = tf.concat(
    terms.map((term) => term.gradient),
    1,
  );
  return explicitTerm(
    name,
    gradient,
    tf.concat(
      terms.map((term) => term.target),
      1,
    ),
  );
}
