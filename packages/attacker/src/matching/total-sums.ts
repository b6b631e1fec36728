/** What objectives of totals compare: the sums over all parameters, of all ghosts at once and of all built gradients. */
import * as tf from '@leakscope/engine/tf';
import { ofCandidates } from './candidates.ts';
import type { Sums } from './objectives/objective.ts';
import { type ExplicitTerm, type GhostTerm, perCandidate, type Term, targetOf } from './term.ts';
import { total } from './total.ts';

/** Differences up to this many entries a candidate are put side by side and squared at once. */
const LARGEST_JOINED = 4096;

/** Of all terms, [N] each; an objective that does not read ||y||^2 or the distance does not pay for it. */
export function totalSums(terms: readonly Term[]): Sums {
  const ghosts = terms.filter((term) => term.kind === 'ghost');
  const built = terms.filter((term) => term.kind === 'explicit');
  const parts = [...ghostSums(ghosts), ...explicitSums(built)];
  const square = sum(parts.map((part) => part.square));
  return {
    square,
    dot: sum(parts.map((part) => part.dot)),
    get distance() {
      return sum(parts.map((part) => part.distance));
    },
    get target() {
      return squareOfTargets(terms, square.size);
    },
    tensors: terms.flatMap(({ names }) => names).length,
  };
}

/** ||g||^2, <g, y> and ||g - y||^2 of some terms together, each [N]. */
type Part = Pick<Sums, 'square' | 'dot' | 'distance'>;

/** Sum of tensors [N]: side by side and at once, not one by one. */
function sum(parts: readonly tf.Tensor[]): tf.Tensor {
  if (parts.length === 1) return parts[0] as tf.Tensor;
  return tf.sum(tf.reshape(tf.concat([...parts]), [parts.length, -1]), 0);
}

/** ||y||^2 of each candidate's update, [N], or [1] where there is one for all. */
function squareOfTargets(terms: readonly Term[], population: number): tf.Tensor {
  const targets = terms.flatMap((term) => (term.kind === 'ghost' ? term.targets : [term.y]));
  return ofCandidates(sum(targets.map((y) => perCandidate(tf.square(y)))), population);
}

function ghostSums(terms: readonly GhostTerm[]): Part[] {
  if (terms.length === 0) return [];
  const square = sum(terms.map((term) => term.square));
  const against = sum(terms.map((term) => term.against));
  const target = squareOfTargets(terms, square.size);
  return [{ square, dot: tf.neg(against), distance: tf.add(tf.add(square, tf.mul(against, 2)), target) }];
}

/** Built gradients are subtracted first, so that their distance stays exact however small it gets. */
function explicitSums(terms: readonly ExplicitTerm[]): Part[] {
  if (terms.length === 0) return [];
  const small = terms.filter((term) => term.gradient.size <= LARGEST_JOINED * (term.gradient.shape[0] as number));
  const large = terms.filter((term) => !small.includes(term));
  const groups = [...large.map((term) => [term]), ...(small.length === 0 ? [] : [small])].map((group) => ({
    differences: group.map((term) => tf.sub(term.gradient, targetOf(term))),
    targets: group.map(targetOf),
  }));
  const distance = squaredSum(groups.map(({ differences }) => differences));
  const along = total(groups.map(({ differences, targets }) => tf.mul(flat(differences), flat(targets))));
  const target = squareOfTargets(terms, distance.size);
  // <g, y> = <g - y, y> + ||y||^2 and ||g||^2 = ||g - y||^2 + 2 <g, y> - ||y||^2: no second pass over g.
  const dot = tf.add(along, target);
  return [{ distance, dot, square: tf.sub(tf.add(distance, tf.mul(dot, 2)), target) }];
}

/** Tensors [N, ...] side by side, [N, n]; a single one as it is. */
function flat(parts: readonly tf.Tensor[]): tf.Tensor {
  if (parts.length === 1) return parts[0] as tf.Tensor;
  return tf.concat(
    parts.map((part) => tf.reshape(part, [part.shape[0] as number, -1])),
    1,
  );
}

/** Sum of squares of all parts of each candidate, [N]; the gradient goes to each part without being cut out of its group. */
function squaredSum(groups: readonly (readonly tf.Tensor[])[]): tf.Tensor {
  const f = tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const save = args.pop() as tf.GradSaveFunc;
    save(args as tf.Tensor[]);
    return {
      value: total(groups.map((parts) => tf.square(flat(parts)))),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        saved.map((part) => tf.mul(part, tf.reshape(tf.mul(dy, 2), [-1, ...new Array<number>(part.rank - 1).fill(1)]))),
    };
  });
  return f(...groups.flat());
}
