/** One minus the cosine of the angle between the gradients, over all tensors together (Geiping et al. 2020). */
import * as tf from '@leakscope/engine/tf';
import { z } from 'zod';
import { defineObjective, productOfNorms } from './objective.ts';

export const cosine = defineObjective({
  name: 'cosine',
  summary: '1 - cosine over all tensors together',
  params: z.strictObject({}),
  asks: 'totals',
  distance: (sums) => tf.sub(1, tf.div(sums.dot, productOfNorms(sums))),
});
