/** How far a latent is from the generator's prior. */
import * as tf from '@leakscope/engine/tf';
import type { Regulariser } from './problem.ts';

/** The regulariser's value of each latent in z [N, k], before its weight; [N]. */
export function regularise(kind: Regulariser['kind'], z: tf.Tensor): tf.Tensor {
  const entries = z.shape[1] as number;
  switch (kind) {
    case 'none':
      return tf.zeros([z.shape[0] as number]);
    case 'norm':
      return tf.square(tf.sub(tf.sum(tf.square(z), 1), entries));
    case 'kld': {
      const mean = tf.mean(z, 1, true);
      const variance = tf.mean(tf.square(tf.sub(z, mean)), 1);
      const meanSquare = tf.square(tf.reshape(mean, [-1]));
      return tf.mul(tf.sub(tf.sub(tf.add(tf.log(tf.add(variance, 1e-10)), 1), meanSquare), variance), -0.5);
    }
  }
}
