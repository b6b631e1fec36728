/**
 * Ghost products of a convolution's filter gradient g = A'D per candidate, without building g (docs/ghost-matching.md).
 * A are the unfolded inputs, one column of k k C entries per output position, and D the output gradients:
 *
 *   <g, y>  = sum D . conv(a, y)              d/dD = conv(a, y)   d/da = conv-transpose(D, y)
 *   ||g||^2 = sum (A A') . (D D')             d/dD = 2 (A A') D   d/dA = 2 (D D') A
 */
import { conv2d } from '@leakscope/engine/ops';
import * as tf from '@leakscope/engine/tf';
import type { Window } from '@leakscope/models';

/** Views images [N batch, C, ...] as one matrix [N, C, batch positions] per candidate. */
export function byCandidate(x: tf.Tensor, population: number): tf.Tensor {
  const [images, channels] = x.shape as [number, number];
  const batch = images / population;
  const positions = x.size / (images * channels);
  if (batch === 1) return tf.reshape(x, [population, channels, positions]);
  const split = tf.reshape(x, [population, batch, channels, positions]);
  return tf.reshape(tf.transpose(split, [0, 2, 1, 3]), [population, channels, batch * positions]);
}

/** One-hot filters that copy each of a channel's k k neighbours into a channel of its own: [C k k, 1, k, k]. */
function neighbourFilters(channels: number, size: number): tf.Tensor {
  const taps = size * size;
  return tf.reshape(tf.tile(tf.eye(taps), [channels, 1]), [channels * taps, 1, size, size]);
}

/** Unfolds x [images, C, H, W] into [images, C k k, H', W'], in the order of a filter's [C, k, k], as a grouped convolution. */
export function unfold(x: tf.Tensor, size: number, window: Window): tf.Tensor {
  const channels = x.shape[1] as number;
  if (size === 1 && (window.stride ?? 1) === 1) return x;
  return conv2d(x, neighbourFilters(channels, size), { ...window, groups: channels });
}

/** sum (A A') . (D D') over positions for A [N, K, P] and D [N, O, P]: ||A D'||^2 per candidate, [N]. */
const productSquare = (a: tf.Tensor, d: tf.Tensor): tf.Tensor =>
  tf.customGrad((x: tf.Tensor | tf.GradSaveFunc, y: tf.Tensor | tf.GradSaveFunc, save: tf.Tensor | tf.GradSaveFunc) => {
    const [left, right] = [x as tf.Tensor, y as tf.Tensor];
    const inputs = tf.matMul(left, left, true, false);
    const outputs = tf.matMul(right, right, true, false);
    (save as tf.GradSaveFunc)([left, right, inputs, outputs]);
    return {
      value: tf.sum(tf.mul(inputs, outputs), [1, 2]),
      // Both Gram matrices are symmetric: the generic rule would build each product twice, once transposed.
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [p, q, pp, qq] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
        const twice = tf.reshape(tf.mul(dy, 2), [-1, 1, 1]);
        return [tf.mul(tf.matMul(p, qq), twice), tf.mul(tf.matMul(q, pp), twice)];
      },
    };
  })(a, d);

export interface GhostProducts {
  /** [N]. */
  readonly square: tf.Tensor;
  readonly dot: tf.Tensor;
}

/**
 * Products of the filter gradient per candidate.
 * @param input [N batch, C, H, W]
 * @param delta gradient of each candidate's loss in the convolution's output, [N batch, O, H', W']
 * @param y intercepted filter gradient [O, C, k, k]
 * @param scale what the bare convolution's output was multiplied by before `delta` saw it, [O]
 */
export function ghostConv(
  input: tf.Tensor,
  delta: tf.Tensor,
  y: tf.Tensor,
  window: Window,
  population: number,
  scale: tf.Tensor,
): GhostProducts {
  const size = y.shape[2] as number;
  const unfolded = byCandidate(unfold(input, size, window), population);
  const bare = tf.mul(delta, tf.reshape(scale, [1, -1, 1, 1]));
  // <D scale, conv(a, y)> = <D, conv(a, scale y)>: scaling y once is free, y being constant.
  const scaled = tf.mul(y, tf.reshape(scale, [-1, 1, 1, 1]));
  return {
    square: productSquare(unfolded, byCandidate(bare, population)),
    dot: tf.sum(byCandidate(tf.mul(delta, conv2d(input, scaled, window)), population), [1, 2]),
  };
}

/** The same for a fully connected layer: input [N batch, I], delta [N batch, O], y [O, I]. */
export function ghostLinear(input: tf.Tensor, delta: tf.Tensor, y: tf.Tensor, population: number): GhostProducts {
  const dot = tf.sum(byCandidate(tf.mul(delta, tf.matMul(input, y, false, true)), population), [1, 2]);
  if (input.shape[0] === population) {
    // One position a candidate: the Gram matrices are single numbers.
    return { square: tf.mul(tf.sum(tf.square(input), 1), tf.sum(tf.square(delta), 1)), dot };
  }
  return { square: productSquare(byCandidate(input, population), byCandidate(delta, population)), dot };
}
