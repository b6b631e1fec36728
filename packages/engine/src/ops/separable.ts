/** A linear map over images that is a product of one over rows and one over columns. */
import * as tf from '@tensorflow/tfjs-core';
import { requireRank } from './require-rank.ts';

/** Applies [H', H] and [W', W] matrices to the rows and columns of `x` [N, C, H, W]. */
export function separable(
  x: tf.Tensor,
  rows: Float32Array,
  columns: Float32Array,
  [height, width]: [number, number],
): tf.Tensor {
  requireRank('resize', x, 4);
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const wide = tf.matMul(tf.reshape(x, [n * c * h, w]), tf.tensor2d(columns, [width, w]), false, true);
  const turned = tf.reshape(tf.transpose(tf.reshape(wide, [n * c, h, width]), [0, 2, 1]), [n * c * width, h]);
  const resized = tf.matMul(turned, tf.tensor2d(rows, [height, h]), false, true);
  return tf.reshape(tf.transpose(tf.reshape(resized, [n * c, width, height]), [0, 2, 1]), [n, c, height, width]);
}

/** A [to, from] matrix from the weights of each output position. */
export function matrix(to: number, from: number, weights: (position: number) => [number, number][]): Float32Array {
  const values = new Float32Array(to * from);
  for (let i = 0; i < to; i++) {
    for (const [at, weight] of weights(i)) values[i * from + at] = (values[i * from + at] as number) + weight;
  }
  return values;
}
