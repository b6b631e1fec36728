/** Batch norm, with running statistics and with those of the batch. */
import * as tf from '@tensorflow/tfjs-core';

/** Views a per-channel vector so that it broadcasts over `x` with channels on axis 1. */
const perChannel = (v: tf.Tensor, x: tf.Tensor): tf.Tensor =>
  tf.reshape(v, [1, -1, ...new Array<number>(x.rank - 2).fill(1)]);

export interface BatchNormWeights {
  mean: tf.Tensor;
  variance: tf.Tensor;
  gamma: tf.Tensor;
  beta: tf.Tensor;
}

/** Batch norm with running statistics; channels on axis 1 of `x` [N, C] or [N, C, H, W]. */
export function batchNorm(x: tf.Tensor, { mean, variance, gamma, beta }: BatchNormWeights, eps = 1e-5): tf.Tensor {
  // One scale and one shift per channel, which an executor folds into the operation before.
  const scale = tf.mul(gamma, tf.rsqrt(tf.add(variance, tf.scalar(eps))));
  return tf.add(tf.mul(x, perChannel(scale, x)), perChannel(tf.sub(beta, tf.mul(mean, scale)), x));
}

/** Mean and centred values of `x` over all axes but the channels' (axis 1), and the biased variance. */
function centre(x: tf.Tensor): { centred: tf.Tensor; mean: tf.Tensor; variance: tf.Tensor } {
  const axes = [0, ...Array.from({ length: x.rank - 2 }, (_, i) => i + 2)];
  const mean = tf.mean(x, axes);
  const centred = tf.sub(x, perChannel(mean, x));
  return { centred, mean, variance: tf.mean(tf.square(centred), axes) };
}

/** Batch norm with the batch's own statistics; `variance` is the biased one that normalises (PyTorch stores the unbiased). */
export function batchNormTrain(
  x: tf.Tensor,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  eps = 1e-5,
): { y: tf.Tensor; mean: tf.Tensor; variance: tf.Tensor } {
  const { mean, variance } = centre(x);
  return { y: tf.add(normalise(x, gamma, eps), perChannel(beta, x)), mean, variance };
}

/**
 * gamma (x - mean) / sqrt(variance + eps) with its gradient in closed form (Ioffe and Szegedy 2015, section 3): a third of
 * the passes over the activations that differentiating mean and variance step by step takes. The gradient is made of
 * differentiable operations on the saved inputs, so it can be differentiated again.
 */
function normalise(x: tf.Tensor, gamma: tf.Tensor, eps: number): tf.Tensor {
  const axes = [0, ...Array.from({ length: x.rank - 2 }, (_, i) => i + 2)];
  const count = x.size / gamma.size;
  const inverse = (variance: tf.Tensor): tf.Tensor => tf.rsqrt(tf.add(variance, tf.scalar(eps)));
  const op = tf.customGrad((...args) => {
    const [input, scale, save] = args as unknown as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    save([input, scale]);
    const { centred, variance } = centre(input);
    return {
      value: tf.mul(centred, perChannel(tf.mul(scale, inverse(variance)), input)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [v, g] = saved as [tf.Tensor, tf.Tensor];
        const parts = centre(v);
        const inv = inverse(parts.variance);
        const slope = tf.mul(g, inv);
        const sum = tf.sum(dy, axes);
        const projection = tf.sum(tf.mul(dy, parts.centred), axes);
        const pull = tf.mul(tf.mul(slope, tf.square(inv)), tf.mul(projection, tf.scalar(1 / count)));
        const shift = tf.mul(slope, tf.mul(sum, tf.scalar(1 / count)));
        const drawn = tf.add(tf.mul(parts.centred, perChannel(pull, v)), perChannel(shift, v));
        const dx = tf.sub(tf.mul(dy, perChannel(slope, v)), drawn);
        return [dx, tf.mul(projection, inv)];
      },
    };
  });
  return op(x, gamma);
}
