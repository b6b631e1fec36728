/** Softmax and its cross entropy, and a cut in the tape; each can be differentiated twice. */
import * as tf from '@tensorflow/tfjs-core';

/** log(sum(exp(x))) along the last axis, shifted by its maximum; [..., K] to [...]. */
export function logSumExp(x: tf.Tensor): tf.Tensor {
  const axis = x.rank - 1;
  // The shift cancels in the value and so in every derivative: it is cut from the tape.
  const shift = stopGradient(tf.max(x, axis, true));
  const sum = tf.log(tf.sum(tf.exp(tf.sub(x, shift)), axis, true));
  return tf.reshape(tf.add(sum, shift), x.shape.slice(0, -1));
}

/** x - logSumExp(x) along the last axis. */
export function logSoftmax(x: tf.Tensor): tf.Tensor {
  return tf.sub(x, tf.reshape(logSumExp(x), [...x.shape.slice(0, -1), 1]));
}

/** Cross entropy of each row, log(sum(exp(z))) - <y, z>: `logits` and `oneHot` [N, K]; [N]. */
export function softmaxCrossEntropy(logits: tf.Tensor, oneHot: tf.Tensor): tf.Tensor {
  return tf.sub(logSumExp(logits), tf.sum(tf.mul(logits, oneHot), -1));
}

/** `x` itself in the forward pass, a constant in the backward pass. */
export function stopGradient(x: tf.Tensor): tf.Tensor {
  return tf.customGrad((value: tf.Tensor | tf.GradSaveFunc) => ({
    value: tf.clone(value as tf.Tensor),
    gradFunc: () => tf.zeros(x.shape),
  }))(x);
}
