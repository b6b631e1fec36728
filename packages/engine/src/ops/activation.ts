/** Activations that tfjs has in a form which cannot be differentiated twice everywhere. */
import * as tf from '@tensorflow/tfjs-core';

/** max(x, slope x), through relu so that it can be differentiated twice on every executor. */
export function leakyRelu(x: tf.Tensor, slope = 0.2): tf.Tensor {
  return tf.sub(tf.relu(x), tf.mul(tf.relu(tf.neg(x)), tf.scalar(slope)));
}
