/**
 * From pixels to windows: the Gram matrix of a convolution's unfolded input is a sum of k k shifted windows of the Gram
 * matrix of its pixels, so that nothing need be unfolded. The shifts of rows and of columns are independent: the sum is a
 * product with one small constant matrix from either side.
 */
import { conv2d } from '@leakscope/engine/ops';
import * as tf from '@leakscope/engine/tf';

/** Height and width before and after a convolution, and its kernel. */
export interface WindowGeometry {
  readonly input: readonly [number, number];
  readonly output: readonly [number, number];
  readonly size: number;
  readonly stride: number;
  readonly padding: number;
}

type Axis = Omit<WindowGeometry, 'input' | 'output'> & { readonly input: number; readonly output: number };

/** [input input, output output]: which pairs of input positions a pair of output positions sees through a common tap. */
function axisMatrix({ input, output, size, stride, padding }: Axis): tf.Tensor2D {
  const values = new Float32Array(input * input * output * output);
  for (let tap = 0; tap < size; tap++) {
    for (let left = 0; left < output; left++) {
      for (let right = 0; right < output; right++) {
        const [from, to] = [left * stride + tap - padding, right * stride + tap - padding];
        if (from < 0 || to < 0 || from >= input || to >= input) continue;
        const at = (from * input + to) * output * output + left * output + right;
        values[at] = (values[at] as number) + 1;
      }
    }
  }
  return tf.tensor2d(values, [input * input, output * output]);
}

const axis = (g: WindowGeometry, i: 0 | 1): Axis => ({ ...g, input: g.input[i], output: g.output[i] });

/** Whether windows are pixels: a 1x1 convolution, or one whose map is a single pixel with one tap on it. */
const trivial = (g: WindowGeometry): boolean =>
  (g.size === 1 && g.stride === 1) || (area(g.input) === 1 && area(g.output) === 1);

const area = ([h, w]: readonly [number, number]): number => h * w;

/** Largest constant that replaces the two products by one: on small maps each operation costs more than its arithmetic. */
const LARGEST_MATRIX = 1 << 16;

/** [in in, out out] over pairs of positions of a whole image, if that is small. */
function imageMatrix(g: WindowGeometry, images: number): tf.Tensor | undefined {
  if (images !== 1 || area(g.input) ** 2 * area(g.output) ** 2 > LARGEST_MATRIX) return undefined;
  const [rows, columns] = [axisMatrix(axis(g, 0)), axisMatrix(axis(g, 1))];
  const [h, w] = g.input;
  const [i, j] = g.output;
  // (y y', i i') times (x x', j j') as (y x y' x', i j i' j').
  const product = tf.mul(tf.reshape(rows, [h, 1, h, 1, i, 1, i, 1]), tf.reshape(columns, [1, w, 1, w, 1, j, 1, j]));
  return tf.reshape(product, [area(g.input) ** 2, area(g.output) ** 2]);
}

/** Swaps [N, images h w, images h w] into [N images images, h h, w w] pairs, for `images` images a candidate. */
function pairs(gram: tf.Tensor, images: number, [h, w]: readonly [number, number]): tf.Tensor {
  const split = tf.reshape(gram, [-1, images, h, w, images, h, w]);
  return tf.reshape(tf.transpose(split, [0, 1, 4, 2, 5, 3, 6]), [-1, h * h, w * w]);
}

/** The inverse of `pairs`. */
function unpaired(pairwise: tf.Tensor, images: number, [h, w]: readonly [number, number]): tf.Tensor {
  const split = tf.reshape(pairwise, [-1, images, images, h, h, w, w]);
  return tf.reshape(tf.transpose(split, [0, 1, 3, 5, 2, 4, 6]), [-1, images * h * w, images * h * w]);
}

const batched = (matrix: tf.Tensor): tf.Tensor => tf.expandDims(matrix, 0);

/** Pixels of an image for which shifting pairs by a convolution takes less time than by two products, where no stride is in the way. */
const FEWEST_PIXELS = 256;

const isShifted = (g: WindowGeometry): boolean => g.stride === 1 && area(g.input) >= FEWEST_PIXELS;

/**
 * [N, h h, w w] pairs to those of windows or, the other way, `spread` from windows: along one axis after the other, a depthwise
 * convolution over pairs of positions that steps through the taps on its diagonal.
 */
function shifted(pairwise: tf.Tensor, g: WindowGeometry, spread: boolean): tf.Tensor {
  const [from, to] = spread ? [g.output, g.input] : [g.input, g.output];
  const padding = spread ? g.size - 1 - g.padding : g.padding;
  const [n] = pairwise.shape as [number];
  const along = (x: tf.Tensor, others: number, length: number): tf.Tensor => {
    const kernel = tf.tile(tf.reshape(tf.eye(g.size), [1, 1, g.size, g.size]), [others, 1, 1, 1]);
    const image = tf.reshape(x, [n, others, length, length]);
    return tf.transpose(conv2d(image, kernel, { padding, groups: others }), [0, 2, 3, 1]);
  };
  const columns = along(pairwise, from[0] * from[0], from[1]);
  return tf.reshape(along(columns, to[1] * to[1], from[0]), [n, to[0] * to[0], to[1] * to[1]]);
}

/** Gram matrices of pixels [N, images H W, images H W] to those of windows [N, images H' W', images H' W']. */
export function windowGram(pixels: tf.Tensor, g: WindowGeometry, images: number): tf.Tensor {
  if (trivial(g)) return pixels;
  const matrix = imageMatrix(g, images);
  if (matrix !== undefined) return throughMatrix(pixels, matrix, false, area(g.output));
  if (isShifted(g)) return unpaired(shifted(pairs(pixels, images, g.input), g, false), images, g.output);
  const columns = tf.matMul(pairs(pixels, images, g.input), batched(axisMatrix(axis(g, 1))));
  return unpaired(tf.matMul(batched(axisMatrix(axis(g, 0))), columns, true, false), images, g.output);
}

/** The adjoint of `windowGram`: each pair of windows gives its value to every pair of pixels that it covers. */
export function spreadGram(windows: tf.Tensor, g: WindowGeometry, images: number): tf.Tensor {
  if (trivial(g)) return windows;
  const matrix = imageMatrix(g, images);
  if (matrix !== undefined) return throughMatrix(windows, matrix, true, area(g.input));
  if (isShifted(g)) return unpaired(shifted(pairs(windows, images, g.output), g, true), images, g.input);
  const columns = tf.matMul(pairs(windows, images, g.output), batched(axisMatrix(axis(g, 1))), false, true);
  return unpaired(tf.matMul(batched(axisMatrix(axis(g, 0))), columns), images, g.input);
}

function throughMatrix(gram: tf.Tensor, matrix: tf.Tensor, transposed: boolean, side: number): tf.Tensor {
  const rows = tf.reshape(gram, [gram.shape[0] as number, -1]);
  return tf.reshape(tf.matMul(rows, matrix, false, transposed), [-1, side, side]);
}
