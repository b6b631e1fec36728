/** Gradients per candidate of a population, built: a population is so many groups of one convolution. */
import { Conv2dFilterGrad, runConv } from '@leakscope/engine/kernels';
import * as tf from '@leakscope/engine/tf';
import type { Window } from '@leakscope/models';
import { byCandidate, candidatesAsGroups } from './candidates.ts';

/** Filter gradients [N, O, C, k, k] from inputs [N batch, C, H, W] and output gradients [N batch, O, H', W']. */
export function filterGradients(
  input: tf.Tensor,
  delta: tf.Tensor,
  size: number,
  { stride = 1, padding = 0 }: Window,
  population: number,
): tf.Tensor {
  const [images, inChannels, height, width] = input.shape as [number, number, number, number];
  const [, outChannels, rows, columns] = delta.shape as [number, number, number, number];
  const gradient = runConv(
    Conv2dFilterGrad,
    candidatesAsGroups(input, population),
    candidatesAsGroups(delta, population),
    {
      batch: images / population,
      inChannels: inChannels * population,
      outChannels: outChannels * population,
      input: [height, width],
      kernel: [size, size],
      output: [rows, columns],
      stride,
      padding,
      groups: population,
    },
  );
  return tf.reshape(gradient, [population, outChannels, inChannels, size, size]);
}

/** Weight gradients [N, O, I] of a fully connected layer from inputs [N batch, I] and output gradients [N batch, O]. */
export const linearGradients = (input: tf.Tensor, delta: tf.Tensor, population: number): tf.Tensor =>
  tf.matMul(byCandidate(delta, population), byCandidate(input, population), false, true);

/** Sums over everything but candidates and channels: [N batch, C, ...] to [N, C, ...ones]. */
export function channelSums(x: tf.Tensor, population: number): tf.Tensor {
  const spatial = Array.from({ length: x.rank - 2 }, (_, i) => i + 2);
  const summed = spatial.length === 0 ? x : tf.sum(x, spatial, true);
  if (x.shape[0] === population) return summed;
  return tf.sum(tf.reshape(summed, [population, -1, ...summed.shape.slice(1)]), 1);
}
