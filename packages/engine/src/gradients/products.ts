/** The gradient of the matrix product. */
import * as tf from '@tensorflow/tfjs-core';
import type { TfjsKernel } from '../kernels/names.ts';
import type { Dy, Row } from './row.ts';

export const products = {
  [tf.BatchMatMul]: {
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, saved, { transposeA, transposeB }) => {
      const u = dy as Dy;
      const [a, b] = saved as [tf.Tensor, tf.Tensor];
      return {
        a: () => (transposeA ? tf.matMul(b, u, transposeB as boolean, true) : tf.matMul(u, b, false, !transposeB)),
        b: () => (transposeB ? tf.matMul(u, a, true, transposeA as boolean) : tf.matMul(a, u, !transposeA, false)),
      };
    },
  },
} satisfies Partial<Record<TfjsKernel, Row>>;
