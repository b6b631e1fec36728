/** Kullback-Leibler divergence of a latent's entries from N(0, 1), as in GGL (Li et al. 2022) and its code. */
import * as tf from '@leakscope/engine/tf';
import { z } from 'zod';
import { defineRegulariser, regulariserWeight } from './regulariser.ts';

export const kld = defineRegulariser({
  name: 'kld',
  summary: 'from one mean and variance over the entries of z',
  params: z.strictObject({ regulariserWeight }),
  penalty: {
    of: 'latents',
    /** -1/2 (1 + log(var + 1e-10) - mean^2 - var), with the scalar mean and the biased variance over the entries of z. */
    value(latents) {
      const mean = tf.mean(latents, 1, true);
      const variance = tf.mean(tf.square(tf.sub(latents, mean)), 1);
      const meanSquare = tf.square(tf.reshape(mean, [-1]));
      return tf.mul(tf.sub(tf.sub(tf.add(tf.log(tf.add(variance, 1e-10)), 1), meanSquare), variance), -0.5);
    },
    weight: (params) => params.regulariserWeight,
  },
});
