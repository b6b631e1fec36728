/** One sum of many tensors. */
import * as tf from '@leakscope/engine/tf';

/** Sum of all entries of all parts of each candidate: of [N, ...] each, [N]. */
export function total(parts: readonly tf.Tensor[]): tf.Tensor {
  // The generic rule would cut each part's derivative, which is the same for all, out of one that is as large as they are together.
  const f = tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    args.pop();
    const inputs = args as tf.Tensor[];
    // Only rows are summed part by part: their sums are then summed at once.
    const rows = tf.concat(inputs.map(rowSums), 1);
    return {
      value: tf.sum(rows, 1),
      gradFunc: (dy: tf.Tensor) =>
        inputs.map(({ shape, rank }) => {
          const [population] = shape as [number];
          return tf.broadcastTo(tf.reshape(dy, [population, ...new Array<number>(rank - 1).fill(1)]), shape);
        }),
    };
  });
  return f(...parts);
}

/** [N, rows, ...] to [N, rows]; of a vector a candidate, the vector. */
function rowSums(x: tf.Tensor): tf.Tensor {
  const [population, rows = 1] = x.shape as [number, number?];
  const inner = Array.from({ length: Math.max(0, x.rank - 2) }, (_, axis) => axis + 2);
  return tf.reshape(inner.length === 0 ? x : tf.sum(x, inner, true), [population, rows]);
}
