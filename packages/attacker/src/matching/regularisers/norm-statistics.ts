/**
 * The prior of batch norms, as in GradInversion (Yin et al. 2021): what a candidate sends into each of them has the mean and the variance that
 * it has seen in training. It says something only of a model that has been trained, and of batches more than of single images.
 */
import * as tf from '@leakscope/engine/tf';
import { z } from 'zod';
import { defineRegulariser, regulariserWeight } from './regulariser.ts';

/** Keeps the derivative of a distance finite where it is zero. */
const SMALLEST = 1e-12;

export const normStatistics = defineRegulariser({
  name: 'norm-statistics',
  summary: "distance of each batch norm's input from its running statistics: ‖mean - μ‖ + ‖variance - σ²‖",
  params: z.strictObject({ regulariserWeight }),
  penalty: {
    of: 'norm-inputs',
    value: (norms) =>
      tf.addN(
        norms.flatMap(({ input, mean, variance }) => {
          const own = tf.mean(input, 2, true);
          const spread = tf.mean(tf.square(tf.sub(input, own)), 2);
          return [distance(tf.squeeze(own, [2]), mean), distance(spread, variance)];
        }),
      ),
    weight: (params) => params.regulariserWeight,
  },
});

/** Of each row of [N, C] from [C]: [N]. */
const distance = (rows: tf.Tensor, target: tf.Tensor): tf.Tensor =>
  tf.sqrt(tf.add(tf.sum(tf.square(tf.sub(rows, target)), 1), SMALLEST));
