/** Squared distance over all tensors together: GGL's and DLG's loss. */
import * as tf from '@leakscope/engine/tf';
import { z } from 'zod';
import { CANCELLATION, defineObjective } from './objective.ts';

export const l2 = defineObjective({
  name: 'l2',
  summary: 'squared errors over all tensors',
  params: z.strictObject({
    /** Squared errors summed over tensors or divided by their number: it weighs the regulariser, 62-fold on ResNet-18. */
    lossScale: z.enum(['sum', 'mean']).default('sum'),
  }),
  asks: 'totals',
  distance({ distance, tensors }, { lossScale }) {
    switch (lossScale) {
      case 'sum':
        return distance;
      case 'mean':
        return tf.div(distance, tensors);
      default:
        return lossScale satisfies never;
    }
  },
  // Computed anew: the match may be a mean over tensors.
  cancels: ({ square, dot, target }) => square - 2 * dot + target < CANCELLATION * (square + target),
});
