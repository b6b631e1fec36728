/**
 * What is left of y once the best multiple of g is taken away, as a share of ||y||^2: under Gaussian noise the logarithm of the likelihood,
 * whatever the scale of g. `||y||^2 / (2 sigma^2)` times it is that of noise sigma, beside which the prior of the latents has its own weight.
 */
import * as tf from '@leakscope/engine/tf';
import { z } from 'zod';
import { defineObjective, productOfNorms } from './objective.ts';

export const squaredCosine = defineObjective({
  name: 'squared-cosine',
  summary: '1 - cosine² over all tensors together; 1 + cosine² where the cosine is negative',
  params: z.strictObject({}),
  asks: 'totals',
  distance(sums) {
    const cosine = tf.div(sums.dot, productOfNorms(sums));
    // Signed, so that the opposite of a gradient does not pass for it.
    const size = tf.add(tf.relu(cosine), tf.relu(tf.neg(cosine)));
    return tf.sub(1, tf.mul(cosine, size));
  },
});
