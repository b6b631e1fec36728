/** How far a candidate's gradient is from the intercepted one, over all of its terms. */
import type * as tf from '@leakscope/engine/tf';
import type { Chosen } from '../contract/part.ts';
import type { Objective, Sums } from './objectives/objective.ts';
import { perTensorSums } from './per-tensor-sums.ts';
import { perCandidate, type Term } from './term.ts';
import { totalSums } from './total-sums.ts';

export interface Comparison {
  /** The distance, [N]. */
  readonly match: tf.Tensor;
  /** ||T(g)||^2 and <T(g), y> over all parameters, [N]. */
  readonly square: tf.Tensor;
  readonly dot: tf.Tensor;
}

/** Compares transformed terms with what was intercepted; each term is one parameter's where the objective asks for them apart. */
export function compare(terms: readonly Term[], { part: objective, params }: Chosen<Objective>): Comparison {
  switch (objective.asks) {
    case 'totals': {
      const sums = totalSums(terms);
      return { square: sums.square, dot: sums.dot, match: objective.distance(sums, params) };
    }
    case 'per-tensor': {
      const sums: Sums = perTensorSums(terms);
      return {
        square: perCandidate(sums.square),
        dot: perCandidate(sums.dot),
        match: objective.distance(sums, params),
      };
    }
    default:
      return objective.asks satisfies never;
  }
}
