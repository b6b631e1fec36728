/** What per-tensor objectives compare: the sums of each parameter, a column each. */
import * as tf from '@leakscope/engine/tf';
import { ofCandidates } from './candidates.ts';
import type { Sums } from './objectives/objective.ts';
import { type ExplicitTerm, type GhostTerm, perCandidate, type Term, targetOf } from './term.ts';

/** Columns of one kind of term, [N, tensors] each. */
type Columns = Omit<Sums, 'tensors'>;

/** Of terms of one parameter each; the order of the columns is that of neither the terms nor the model, but one in all sums. */
export function perTensorSums(terms: readonly Term[]): Sums {
  const parts = [
    ...ghostColumns(terms.filter((term) => term.kind === 'ghost')),
    ...explicitColumns(terms.filter((term) => term.kind === 'explicit')),
  ];
  const joined = (of: keyof Columns): tf.Tensor =>
    tf.concat(
      parts.map((part) => part[of]),
      1,
    );
  return {
    square: joined('square'),
    dot: joined('dot'),
    distance: joined('distance'),
    target: joined('target'),
    tensors: terms.length,
  };
}

/** Tensors [N] as [N, tensors]. */
const columns = (parts: readonly tf.Tensor[]): tf.Tensor =>
  tf.concat(
    parts.map((part) => tf.reshape(part, [-1, 1])),
    1,
  );

function ghostColumns(terms: readonly GhostTerm[]): Columns[] {
  if (terms.length === 0) return [];
  const square = columns(terms.map((term) => term.square));
  const against = columns(terms.map((term) => term.against));
  const target = squaresOf(
    terms.map(({ targets: [y] }) => y as tf.Tensor),
    square.shape[0] as number,
  );
  return [{ square, dot: tf.neg(against), target, distance: tf.add(tf.add(square, tf.mul(against, 2)), target) }];
}

/** Built gradients are subtracted first, so that their distance stays exact however small it gets; so do the other sums, which cosines divide. */
function explicitColumns(terms: readonly ExplicitTerm[]): Columns[] {
  if (terms.length === 0) return [];
  const each = terms.map((term) => ({ gradient: term.gradient, y: targetOf(term) }));
  const distance = columns(each.map(({ gradient, y }) => perCandidate(tf.square(tf.sub(gradient, y)))));
  return [
    {
      distance,
      square: columns(each.map(({ gradient }) => perCandidate(tf.square(gradient)))),
      dot: columns(each.map(({ gradient, y }) => perCandidate(tf.mul(gradient, y)))),
      target: squaresOf(
        terms.map(({ y }) => y),
        distance.shape[0] as number,
      ),
    },
  ];
}

/** ||y||^2 of each tensor of each candidate's update, [N, tensors], or [1, tensors] where there is one update for all. */
const squaresOf = (targets: readonly tf.Tensor[], population: number): tf.Tensor =>
  ofCandidates(columns(targets.map((y) => perCandidate(tf.square(y)))), population);
