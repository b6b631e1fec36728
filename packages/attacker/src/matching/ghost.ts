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
import { total } from './total.ts';
import { spreadGram, type WindowGeometry, windowGram } from './windows.ts';

/** Every stride-th pixel of x [images, C, H, W]: what a 1x1 convolution sees. */
function subsampled(x: tf.Tensor, { size, stride, output }: WindowGeometry): tf.Tensor {
  if (size > 1 || stride === 1) return x;
  const [images, channels, height, width] = x.shape as [number, number, number, number];
  const [rows, columns] = output;
  const margins: [number, number][] = [
    [0, 0],
    [0, 0],
    [0, rows * stride - height],
    [0, columns * stride - width],
  ];
  // The first of `stride` rows that lie side by side: a product runs on all threads where copying runs on one.
  const lines = tf.reshape(tf.pad(x, margins), [images * channels * rows, stride * columns * stride]);
  const picks = new Float32Array(stride * columns * stride * columns);
  for (let i = 0; i < columns; i++) picks[i * stride * columns + i] = 1;
  const kept = tf.matMul(lines, tf.tensor2d(picks, [stride * columns * stride, columns]));
  return tf.reshape(kept, [images, channels, rows, columns]);
}

/** What one layer's ||A'D||^2 follows from. */
interface GramFactors {
  /** a, [N, C, images H W]. */
  readonly pixels: tf.Tensor;
  /** D, [N, O, images H' W']. */
  readonly deltas: tf.Tensor;
  readonly geometry: WindowGeometry;
  /** Of a candidate. */
  readonly images: number;
}

/** Sum of all layers' ||A'D||^2 per candidate, [N]. */
function productSquares(layers: readonly GramFactors[]): tf.Tensor {
  const f = tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const save = args.pop() as tf.GradSaveFunc;
    const factors = args as tf.Tensor[];
    const grams = layers.map(({ geometry: g, images }, i) => {
      const [pixels, deltas] = [factors[2 * i] as tf.Tensor, factors[2 * i + 1] as tf.Tensor];
      const windows = windowGram(tf.matMul(pixels, pixels, true, false), g, images);
      return { pixels, deltas, windows, products: tf.matMul(deltas, deltas, true, false) };
    });
    save(grams.flatMap(({ pixels, deltas, windows, products }) => [pixels, deltas, windows, products]));
    return {
      value: total(grams.map(({ windows, products }) => tf.mul(windows, products))),
      // Gram matrices are symmetric: the generic rule would build each product twice, once transposed.
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const twice = tf.reshape(tf.mul(dy, 2), [-1, 1, 1]);
        return layers.flatMap(({ geometry: g, images }, i) => {
          const [pixels, deltas, windows, products] = saved.slice(4 * i, 4 * i + 4) as [
            tf.Tensor,
            tf.Tensor,
            tf.Tensor,
            tf.Tensor,
          ];
          return [
            tf.mul(tf.matMul(pixels, spreadGram(products, g, images)), twice),
            tf.mul(tf.matMul(deltas, windows), twice),
          ];
        });
      },
    };
  });
  return f(...layers.flatMap(({ pixels, deltas }) => [pixels, deltas]));
}

/** A candidate's images as one: [N batch, ...] to [N, batch, ...]. */
const gathered = (x: tf.Tensor, population: number): tf.Tensor =>
  x.shape[0] === population ? x : tf.reshape(x, [population, -1, ...x.shape.slice(1)]);

interface GhostProducts {
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

function gramFactors(input: tf.Tensor, delta: tf.Tensor, g: WindowGeometry, population: number): GramFactors {
  return {
    pixels: byCandidate(input, population),
    deltas: byCandidate(delta, population),
    // Subsampled pixels are already what a 1x1 convolution's windows see.
    geometry: g.size === 1 ? { ...g, stride: 1 } : g,
    images: (input.shape[0] as number) / population,
  };
}

/** One convolution whose gradient is a ghost. */
export interface GhostConv {
  /** PyTorch name of its weight. */
  readonly name: string;
  /** [N batch, C, H, W]. */
  readonly input: tf.Tensor;
  /** Gradient of each candidate's loss in the bare convolution's output, [N batch, O, H', W']. */
  readonly delta: tf.Tensor;
  /** Intercepted filter gradients, [updates, O, C, k, k]. */
  readonly y: tf.Tensor;
  readonly window: Window;
}

/** Products of the filter gradients of some convolutions together, per candidate. */
export function ghostConvs(convs: readonly GhostConv[], population: number): GhostProducts {
  const factors = convs.map(({ input, delta, y, window }) => {
    const g = geometry(input, delta, y, window);
    return gramFactors(subsampled(input, g), delta, g, population);
  });
  const products = convs.map(({ input, delta, y, window }) =>
    gathered(tf.mul(delta, eachUpdatesConv(input, tf.neg(y), window)), population),
  );
  return { square: productSquares(factors), against: total(products) };
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
  const against = perCandidate(gathered(tf.mul(delta, products), population));
  if (input.shape[0] === population) {
    // One position a candidate: the Gram matrices are single numbers.
    return { square: tf.mul(tf.sum(tf.square(input), 1), tf.sum(tf.square(delta), 1)), against };
  }
  return { square: productSquares([gramFactors(input, delta, ONE_PIXEL, population)]), against };
}
