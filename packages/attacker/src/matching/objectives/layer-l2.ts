/** Relative squared distance, tensor by tensor: small tensors, which a sum over all drowns, count as much as large ones. */
import * as tf from '@leakscope/engine/tf';
import { z } from 'zod';
import { CANCELLATION, defineObjective, SMALLEST } from './objective.ts';

export const layerL2 = defineObjective({
  name: 'layer-l2',
  summary: "each tensor's squared error divided by the square of what was intercepted, then the mean over tensors",
  params: z.strictObject({}),
  asks: 'per-tensor',
  distance({ distance, target }) {
    // 1 where something of the tensor was intercepted, 0 where nothing was: such a tensor has no relative error and does not count.
    const counts = tf.minimum(1, tf.mul(target, 1 / SMALLEST));
    const relative = tf.mul(distance, tf.div(counts, tf.maximum(target, SMALLEST)));
    return tf.div(tf.sum(relative, 1), tf.maximum(tf.sum(counts, 1), 1));
  },
  // Near the solution each ||g||^2 is ||y||^2, so that the sum of the two is 2 in these units.
  cancels: ({ match }) => match < 2 * CANCELLATION,
});
