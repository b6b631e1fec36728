/** The prior of the latents itself, N(0, I): minus the logarithm of its density. */
import * as tf from '@leakscope/engine/tf';
import { z } from 'zod';
import { defineRegulariser, regulariserWeight } from './regulariser.ts';

export const gaussian = defineRegulariser({
  name: 'gaussian',
  summary: '‖z‖² / 2',
  params: z.strictObject({ regulariserWeight }),
  penalty: {
    of: 'latents',
    value: (latents) => tf.mul(tf.sum(tf.square(latents), 1), 0.5),
    weight: (params) => params.regulariserWeight,
  },
});
