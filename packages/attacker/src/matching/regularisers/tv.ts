/** Total variation, as in Inverting Gradients (Geiping et al. 2020) and its code: neighbouring pixels differ little. */
import * as tf from '@leakscope/engine/tf';
import { z } from 'zod';
import { defineRegulariser, regulariserWeight } from './regulariser.ts';

export const tv = defineRegulariser({
  name: 'tv',
  summary: 'mean absolute difference of neighbouring pixels, across and down',
  params: z.strictObject({ regulariserWeight }),
  penalty: {
    of: 'images',
    value(images) {
      const [, , height, width] = images.shape as [number, number, number, number];
      const part = (from: [number, number], size: [number, number]): tf.Tensor =>
        tf.slice(images, [0, 0, ...from], [-1, -1, ...size]);
      const across = tf.sub(part([0, 1], [height, width - 1]), part([0, 0], [height, width - 1]));
      const down = tf.sub(part([1, 0], [height - 1, width]), part([0, 0], [height - 1, width]));
      return tf.add(tf.mean(tf.abs(across), [1, 2, 3]), tf.mean(tf.abs(down), [1, 2, 3]));
    },
    weight: (params) => params.regulariserWeight,
  },
});
