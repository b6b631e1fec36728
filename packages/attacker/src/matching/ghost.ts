/**
 * Ghost products of a convolution's filter gradient g = A'D per candidate, without building g (docs/ghost-matching.md).
 * A are the unfolded inputs, which are not built either, D the output gradients:
 *
 *   <g, y>  = sum D . conv(a, y)              d/dD = conv(a, y)       d/da = conv-transpose(D, y)
 *   ||g||^2 = sum (A A') . (D D')             d/dD = 2 (A A') D       d/da = 2 spread(D D') a
 *
 * A A' are the windows of the pixels' Gram matrix a a', and `spread` is the adjoint of taking windows (windows.ts).
 */
import { conv2d } from '@leakscope/engine/ops';
import * as tf from '@leakscope/engine/tf';
import type { Window } from '@leakscope/models';
import { byCandidate, candidatesAsGroups, groupsAsCandidates } from './candidates.ts';
import { perCandidate } from './term.ts';
import { spreadGram, type WindowGeometry, windowGram } from './windows.ts';

/** Every stride-th pixel of x [images, C, H, W]: what a 1x1 convolution sees. */
function subsampled(x: tf.Tensor, { size, stride, output }: WindowGeometry): tf.Tensor {
  if (size > 1 || stride === 1) return x;
  const [images, channels, height, width] = x.shape as [number, number, number, number];
  const margins: [number, number][] = [
    [0, 0],
    [0, 0],
    [0, output[0] * stride - height],
    [0, output[1] * stride - width],
  ];
  const whole = tf.reshape(tf.pad(x, margins), [images * channels * output[0], stride, output[1], stride]);
  const kept = tf.slice(whole, [0, 0, 0, 0], [images * channels * output[0], 1, output[1], 1]);
  return tf.reshape(kept, [images, channels, ...output]);
}

/** ||A'D||^2 per candidate, [N], from pixels a [N, C, images H W] and output gradients d [N, O, images H' W']. */
const productSquare = (a: tf.Tensor, d: tf.Tensor, g: WindowGeometry, images: number): tf.Tensor =>
  tf.customGrad((x: tf.Tensor | tf.GradSaveFunc, y: tf.Tensor | tf.GradSaveFunc, save: tf.Tensor | tf.GradSaveFunc) => {
    const [pixels, deltas] = [x as tf.Tensor, y as tf.Tensor];
    const inputs = windowGram(tf.matMul(pixels, pixels, true, false), g, images);
    const outputs = tf.matMul(deltas, deltas, true, false);
    (save as tf.GradSaveFunc)([pixels, deltas, inputs, outputs]);
    return {
      value: tf.sum(tf.mul(inputs, outputs), [1, 2]),
      // Gram matrices are symmetric: the generic rule would build each product twice, once transposed.
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [p, q, windows, products] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
        const twice = tf.reshape(tf.mul(dy, 2), [-1, 1, 1]);
        return [tf.mul(tf.matMul(p, spreadGram(products, g, images)), twice), tf.mul(tf.matMul(q, windows), twice)];
      },
    };
  })(a, d);

/** Sums each candidate's images: [N batch, ...] to [N]. */
const summed = (x: tf.Tensor, population: number): tf.Tensor =>
  perCandidate(x.shape[0] === population ? x : tf.reshape(x, [population, -1, ...x.shape.slice(1)]));

export interface GhostProducts {
  /** [N]. */
  readonly square: tf.Tensor;
  /** -<g, y>. */
  readonly against: tf.Tensor;
}

function geometry(
  input: tf.Tensor,
  delta: tf.Tensor,
  y: tf.Tensor,
  { stride = 1, padding = 0 }: Window,
): WindowGeometry {
  const [, , height, width] = input.shape as [number, number, number, number];
  const [, , rows, columns] = delta.shape as [number, number, number, number];
  return { input: [height, width], output: [rows, columns], size: y.shape[3] as number, stride, padding };
}

/** A fully connected layer is a 1x1 convolution over one pixel. */
const ONE_PIXEL: WindowGeometry = { input: [1, 1], output: [1, 1], size: 1, stride: 1, padding: 0 };

function squareOf(input: tf.Tensor, delta: tf.Tensor, g: WindowGeometry, population: number): tf.Tensor {
  const images = (input.shape[0] as number) / population;
  // Subsampled pixels are already what a 1x1 convolution's windows see.
  const seen = g.size === 1 ? { ...g, stride: 1 } : g;
  return productSquare(byCandidate(input, population), byCandidate(delta, population), seen, images);
}

/**
 * Products of the filter gradient per candidate.
 * @param input [N batch, C, H, W]
 * @param delta gradient of each candidate's loss in the bare convolution's output, [N batch, O, H', W']
 * @param y intercepted filter gradients [updates, O, C, k, k]
 */
export function ghostConv(
  input: tf.Tensor,
  delta: tf.Tensor,
  y: tf.Tensor,
  window: Window,
  population: number,
): GhostProducts {
  const g = geometry(input, delta, y, window);
  return {
    square: squareOf(subsampled(input, g), delta, g, population),
    against: summed(tf.mul(delta, eachUpdatesConv(input, tf.neg(y), window)), population),
  };
}

/** Each update's candidates [N batch, C, H, W], through that update's filter of [updates, O, C, k, k]: a group of channels each. */
function eachUpdatesConv(input: tf.Tensor, filters: tf.Tensor, window: Window): tf.Tensor {
  const [updates, outChannels, ...filter] = filters.shape as [number, number, number, number, number];
  const whole = tf.reshape(filters, [updates * outChannels, ...filter]) as tf.Tensor4D;
  if (updates === 1) return conv2d(input, whole, window);
  const outputs = conv2d(candidatesAsGroups(input, updates), whole, { ...window, groups: updates });
  return groupsAsCandidates(outputs, updates);
}

/** The same for a fully connected layer: input [N batch, I], delta [N batch, O], y [updates, O, I]. */
export function ghostLinear(input: tf.Tensor, delta: tf.Tensor, y: tf.Tensor, population: number): GhostProducts {
  const rows = tf.reshape(input, [y.shape[0] as number, -1, input.shape[1] as number]);
  const products = tf.reshape(tf.matMul(rows, tf.neg(y), false, true), delta.shape);
  const against = summed(tf.mul(delta, products), population);
  if (input.shape[0] === population) {
    // One position a candidate: the Gram matrices are single numbers.
    return { square: tf.mul(tf.sum(tf.square(input), 1), tf.sum(tf.square(delta), 1)), against };
  }
  return { square: squareOf(input, delta, ONE_PIXEL, population), against };
}
