/** One minus the cosine of the angle between the gradients, over all tensors together (Geiping et al. 2020). */
import * as tf from '@leakscope/engine/tf';
import { z } from 'zod';
import { defineObjective, SMALLEST } from './objective.ts';

export const cosine = defineObjective({
  name: 'cosine',
  summary: '1 - cosine over all tensors together',
  params: z.strictObject({}),
  asks: 'totals',
  distance({ square, dot, target }) {
    // The smallest normal number keeps a zero gradient from dividing by zero: its match is then 1.
    const norms = tf.sqrt(tf.maximum(tf.mul(square, target), SMALLEST));
    return tf.sub(1, tf.div(dot, norms));
  },
});
