/** One minus the cosine, tensor by tensor: it does not see how large a tensor's gradient is, and so no clipping of layers either. */
import * as tf from '@leakscope/engine/tf';
import { z } from 'zod';
import { defineObjective, SMALLEST } from './objective.ts';

export const layerCosine = defineObjective({
  name: 'layer-cosine',
  summary: '1 - cosine of each tensor, then the mean over tensors',
  params: z.strictObject({}),
  asks: 'per-tensor',
  distance({ square, dot, target }) {
    // Each norm has its own floor: the product of two small squares would leave float32's range. A zero gradient has cosine 0.
    const norms = tf.mul(tf.sqrt(tf.maximum(square, SMALLEST)), tf.sqrt(tf.maximum(target, SMALLEST)));
    return tf.mean(tf.sub(1, tf.div(dot, norms)), 1);
  },
});
