/** Convolutions and the fully connected layer, in PyTorch's layout (NCHW, OIHW). */
import { LeakscopeError } from '@leakscope/shared/errors';
import * as tf from '@tensorflow/tfjs-core';
import { Conv2d, Conv2dInputGrad, outputSize, runConv } from '../kernels/conv2d.ts';
import { requireRank } from './require-rank.ts';

export interface ConvOptions {
  stride?: number;
  padding?: number;
  /** Channel groups that see only each other. */
  groups?: number;
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
