/** The contract of an objective: how far a candidate's gradient g is from the intercepted y, told from sums that need no g to be built. */
import * as tf from '@leakscope/engine/tf';
import { defined } from '@leakscope/shared/module';
import type { z } from 'zod';
import type { Part } from '../../contract/part.ts';

/**
 * Sums over entries, of T(g), the candidate's gradient put through the attacker's view of the defence, and of y. N candidates:
 * each is [N] over all tensors, or [N, tensors] where the objective asks for each tensor's; ||y||^2 may be [1] or [1, tensors].
 */
export interface Sums {
  /** ||T(g)||^2. */
  readonly square: tf.Tensor;
  /** <T(g), y>. */
  readonly dot: tf.Tensor;
  /** ||T(g) - y||^2: where g is built it is exact, however small; of ghosts it is the difference of the other three. */
  readonly distance: tf.Tensor;
  /** ||y||^2. */
  readonly target: tf.Tensor;
  /** Parameters of the model. */
  readonly tensors: number;
}

/** One candidate's values, all tensors together. */
export interface CandidateSums {
  readonly match: number;
  readonly square: number;
  readonly dot: number;
  readonly target: number;
}

export interface Objective<P = Readonly<Record<string, unknown>>> extends Part {
  readonly kind: 'objective';
  /** Which sums it is given. All ghost layers are summed at once for `totals`; `per-tensor` keeps them apart. */
  readonly asks: 'totals' | 'per-tensor';
  /** Distance of each candidate, [N], differentiable in the sums of g. */
  distance(sums: Sums, params: P): tf.Tensor;
  /**
   * Whether a value of the ghost form has lost its digits, because it is the small difference of large sums: the explicit form then
   * takes over. Absent where that never happens.
   */
  cancels?(candidate: CandidateSums): boolean;
}

/** A ghost's ||g||^2 - 2 <g, y> + ||y||^2 has cancelled to a few float32 digits below this share of ||g||^2 + ||y||^2. */
export const CANCELLATION = 1e-3;

/** The smallest normal float32. */
export const SMALLEST = 2 ** -126;

/**
 * The least of ||g||^2 / ||y||^2 that a cosine divides by. A model that is sure of a candidate leaves hardly a gradient: rounding may then
 * leave nothing of ||g||^2, or less, and <g, y> over that would be any number. Below this g counts as so long; its slope is that of <g, y>.
 */
const VANISHING = 1e-20;

/** ||g|| ||y||; a zero y counts as the smallest normal number, so that nothing is divided by zero. */
export const productOfNorms = ({ square, target }: Pick<Sums, 'square' | 'target'>): tf.Tensor =>
  tf.sqrt(tf.maximum(tf.mul(tf.maximum(square, tf.mul(target, VANISHING)), target), SMALLEST));

/** Types an objective by its parameter schema. */
export const defineObjective = <S extends z.ZodObject>(
  objective: Omit<Objective<z.output<S>>, 'kind' | 'params'> & { readonly params: S },
): Objective<z.output<S>> & { readonly params: S } => defined('objective', objective);
