/** One sum of many tensors. */
import * as tf from '@leakscope/engine/tf';

/** Sum of all entries of all parts of each candidate: of [N, ...] each, [N]. */
export function total(parts: readonly tf.Tensor[]): tf.Tensor {
  // The generic rule would cut each part's derivative, which is the same for all, out of one that is as large as they are together.
  const f = tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    args.pop();
    const inputs = args as tf.Tensor[];
    // Only rows are summed part by part: their sums are then put side by side, those of one rank as they are, and summed at once.
    const ranks = [...new Set(inputs.map(({ rank }) => rank))];
    const rows = ranks.map((rank) => rowSums(inputs.filter((part) => part.rank === rank)));
    return {
      value: tf.sum(tf.concat(rows, 1), 1),
      gradFunc: (dy: tf.Tensor) =>
        inputs.map(({ shape, rank }) => {
          const [population] = shape as [number];
          return tf.broadcastTo(tf.reshape(dy, [population, ...new Array<number>(rank - 1).fill(1)]), shape);
        }),
    };
  });
  return f(...parts);
}

/** Parts of one rank, [N, rows, ...] each, to [N, all rows]; of vectors [N], a row each. */
function rowSums(parts: readonly tf.Tensor[]): tf.Tensor {
  const [first] = parts as [tf.Tensor];
  const [population, rank] = [first.shape[0] as number, first.rank];
  if (rank === 1)
    return tf.concat(
      parts.map((part) => tf.reshape(part, [population, 1])),
      1,
    );
  const inner = Array.from({ length: rank - 2 }, (_, axis) => axis + 2);
  const sums = parts.map((part) => (inner.length === 0 ? part : tf.sum(part, inner, true)));
  return tf.reshape(tf.concat(sums, 1), [population, -1]);
}
