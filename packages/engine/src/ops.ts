/** Layers and losses of the models as tensor operations in PyTorch's layout (NCHW, OIHW); each can be differentiated twice. */

import { LeakscopeError } from '@leakscope/shared/errors';
import * as tf from '@tensorflow/tfjs-core';
import { Conv2d, Conv2dInputGrad, outputSize, runConv } from './kernels/conv2d.ts';
import { maxPoolWithPositions, type PoolGeometry } from './kernels/max-pool2d.ts';

export interface ConvOptions {
  stride?: number;
  padding?: number;
  /** Channel groups that see only each other. */
  groups?: number;
}

function requireRank(op: string, x: tf.Tensor, rank: number): void {
  if (x.rank !== rank) throw new LeakscopeError('ENGINE_SHAPE', { op, expected: `rank ${rank}`, got: `[${x.shape}]` });
}

/** Convolution of `x` [N, C, H, W] with `w` [O, C / groups, kh, kw]; [N, O, H', W']. Cross-correlation, as in PyTorch. */
export function conv2d(
  x: tf.Tensor,
  w: tf.Tensor,
  { stride = 1, padding = 0, groups = 1 }: ConvOptions = {},
): tf.Tensor {
  requireRank('conv2d', x, 4);
  requireRank('conv2d', w, 4);
  const [batch, inChannels, height, width] = x.shape as [number, number, number, number];
  const [outChannels, groupChannels, kh, kw] = w.shape as [number, number, number, number];
  if (groupChannels * groups !== inChannels || outChannels % groups !== 0) {
    throw new LeakscopeError('ENGINE_SHAPE', {
      op: 'conv2d',
      expected: `weights [O, ${inChannels / groups}, kh, kw] for ${groups} groups`,
      got: `[${w.shape}]`,
    });
  }
  const output: [number, number] = [outputSize(height, kh, stride, padding), outputSize(width, kw, stride, padding)];
  return runConv(Conv2d, x, w, {
    batch,
    inChannels,
    outChannels,
    input: [height, width],
    kernel: [kh, kw],
    output,
    stride,
    padding,
    groups,
  });
}

/** Transposed convolution of `x` [N, I, H, W] with `w` [I, O, kh, kw]; [N, O, (H-1) stride - 2 padding + kh, ...]. */
export function convTranspose2d(x: tf.Tensor, w: tf.Tensor, { stride = 1, padding = 0 }: ConvOptions = {}): tf.Tensor {
  requireRank('convTranspose2d', x, 4);
  requireRank('convTranspose2d', w, 4);
  const [batch, channels, rows, columns] = x.shape as [number, number, number, number];
  const [from, to, kh, kw] = w.shape as [number, number, number, number];
  if (from !== channels) {
    throw new LeakscopeError('ENGINE_SHAPE', {
      op: 'convTranspose2d',
      expected: `weights [${channels}, O, kh, kw]`,
      got: `[${w.shape}]`,
    });
  }
  const input: [number, number] = [(rows - 1) * stride - 2 * padding + kh, (columns - 1) * stride - 2 * padding + kw];
  return runConv(Conv2dInputGrad, x, w, {
    batch,
    inChannels: to,
    outChannels: from,
    input,
    kernel: [kh, kw],
    output: [rows, columns],
    stride,
    padding,
    groups: 1,
  });
}

/** `x` [N, I] times the transpose of `w` [O, I], plus `b` [O]; [N, O]. */
export function linear(x: tf.Tensor, w: tf.Tensor, b?: tf.Tensor): tf.Tensor {
  const y = tf.matMul(x, w, false, true);
  return b === undefined ? y : tf.add(y, b);
}

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

/** Max pooling over square windows of `x` [N, C, H, W]; padding is minus infinity, ties go to the first position. */
export function maxPool2d(x: tf.Tensor, geometry: PoolGeometry): tf.Tensor {
  requireRank('maxPool2d', x, 4);
  return maxPoolWithPositions(x, geometry)[0];
}

/** Mean over height and width: [N, C, H, W] to [N, C]. */
export function globalAveragePool(x: tf.Tensor): tf.Tensor {
  requireRank('globalAveragePool', x, 4);
  return tf.mean(x, [2, 3]);
}

/** max(x, slope x), through relu so that it can be differentiated twice on every executor. */
export function leakyRelu(x: tf.Tensor, slope = 0.2): tf.Tensor {
  return tf.sub(tf.relu(x), tf.mul(tf.relu(tf.neg(x)), tf.scalar(slope)));
}

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

/** Applies [H', H] and [W', W] matrices to the rows and columns of `x` [N, C, H, W]. */
function separable(
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
function matrix(to: number, from: number, weights: (position: number) => [number, number][]): Float32Array {
  const values = new Float32Array(to * from);
  for (let i = 0; i < to; i++) {
    for (const [at, weight] of weights(i)) values[i * from + at] = (values[i * from + at] as number) + weight;
  }
  return values;
}

const bilinear = (to: number, from: number): Float32Array =>
  matrix(to, from, (i) => {
    const source = Math.max(0, ((i + 0.5) * from) / to - 0.5);
    const low = Math.min(Math.floor(source), from - 1);
    const high = Math.min(low + 1, from - 1);
    return [
      [low, 1 - (source - low)],
      [high, source - low],
    ];
  });

const nearest = (to: number, from: number): Float32Array =>
  matrix(to, from, (i) => [[Math.min(Math.floor((i * from) / to), from - 1), 1]]);

const area = (to: number, from: number): Float32Array =>
  matrix(to, from, (i) => {
    const start = Math.floor((i * from) / to);
    const end = Math.ceil(((i + 1) * from) / to);
    return Array.from({ length: end - start }, (_, k) => [start + k, 1 / (end - start)] as [number, number]);
  });

/** Bilinear resize to [H', W'], half-pixel centres, no antialiasing (PyTorch interpolate, align_corners=false). */
export const resizeBilinear = (x: tf.Tensor, [h, w]: [number, number]): tf.Tensor =>
  separable(x, bilinear(h, x.shape[2] as number), bilinear(w, x.shape[3] as number), [h, w]);

/** Nearest-neighbour resize, source = floor(destination * in / out). */
export const resizeNearest = (x: tf.Tensor, [h, w]: [number, number]): tf.Tensor =>
  separable(x, nearest(h, x.shape[2] as number), nearest(w, x.shape[3] as number), [h, w]);

/** Area resize: PyTorch's adaptive average pooling. */
export const resizeArea = (x: tf.Tensor, [h, w]: [number, number]): tf.Tensor =>
  separable(x, area(h, x.shape[2] as number), area(w, x.shape[3] as number), [h, w]);

/** Average pooling over square windows without padding; a last incomplete window is dropped. */
export function averagePool2d(x: tf.Tensor, { size, stride = size }: { size: number; stride?: number }): tf.Tensor {
  requireRank('averagePool2d', x, 4);
  const window = (from: number): [number, Float32Array] => {
    const to = outputSize(from, size, stride, 0);
    return [to, matrix(to, from, (i) => Array.from({ length: size }, (_, k) => [i * stride + k, 1 / size]))];
  };
  const [height, rows] = window(x.shape[2] as number);
  const [width, columns] = window(x.shape[3] as number);
  return separable(x, rows, columns, [height, width]);
}

/** What a differentiated function returns: a scalar, or a scalar and other tensors of the same forward pass. */
export type Differentiated = tf.Tensor | { value: tf.Tensor; aux: Record<string, tf.Tensor> };

export interface Gradients {
  value: tf.Tensor;
  /** One for each of the tensors asked for, in their order. */
  grads: tf.Tensor[];
  aux: Record<string, tf.Tensor>;
}

/** Value of a scalar function at `xs` and its gradient in each of them. May be nested for second-order gradients. */
export function gradients(f: (...xs: tf.Tensor[]) => Differentiated, xs: tf.Tensor[]): Gradients {
  let kept: Record<string, tf.Tensor> = {};
  const scalar = (...args: tf.Tensor[]): tf.Scalar => {
    const result = f(...args);
    const { value, aux } = 'aux' in result ? result : { value: result, aux: {} };
    // tfjs disposes everything of the forward pass but its value: what else leaves it is kept here and let go below.
    kept = Object.fromEntries(Object.entries(aux).map(([name, tensor]) => [name, tf.keep(tf.clone(tensor))]));
    return tf.reshape(value, []) as tf.Scalar;
  };
  const { value, grads } = tf.valueAndGrads(scalar)(xs);
  const aux = Object.fromEntries(Object.entries(kept).map(([name, tensor]) => [name, tf.clone(tensor)]));
  for (const tensor of Object.values(kept)) tensor.dispose();
  return { value, grads, aux };
}
