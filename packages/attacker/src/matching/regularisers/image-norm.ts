/** The squared length of an image, as in GradInversion (Yin et al. 2021): pixels stay small. */
import * as tf from '@leakscope/engine/tf';
import { z } from 'zod';
import { defineRegulariser, regulariserWeight } from './regulariser.ts';

export const imageNorm = defineRegulariser({
  name: 'image-norm',
  summary: 'mean square of the pixels',
  params: z.strictObject({ regulariserWeight }),
  penalty: {
    of: 'images',
    value: (images) => tf.mean(tf.square(images), [1, 2, 3]),
    weight: (params) => params.regulariserWeight,
  },
});
