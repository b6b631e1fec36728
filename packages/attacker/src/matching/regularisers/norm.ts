/** How far a latent's length is from that of a draw of N(0, I), as in GGL (Li et al. 2022) and its code. */
import * as tf from '@leakscope/engine/tf';
import { z } from 'zod';
import { defineRegulariser, regulariserWeight } from './regulariser.ts';

export const norm = defineRegulariser({
  name: 'norm',
  summary: '(‖z‖² - k)² for k entries',
  params: z.strictObject({ regulariserWeight }),
  penalty: {
    of: 'latents',
    value: (latents) => tf.square(tf.sub(tf.sum(tf.square(latents), 1), latents.shape[1] as number)),
    weight: (params) => params.regulariserWeight,
  },
});
