/** The running mean and variance of batch norms, as PyTorch moves them after a training step. */
import * as tf from '@leakscope/engine/tf';
import { type BatchStatistics, type Weights, weight } from './layers.ts';

/** PyTorch's default share of the new batch. */
export const MOMENTUM = 0.1;

/**
 * The next buffers: (1 - momentum) running + momentum batch, the batch variance unbiased (times count / (count - 1)).
 * Buffers of batch norms that `statistics` does not name are left out.
 */
export function updateRunningStatistics(
  buffers: Weights,
  statistics: Readonly<Record<string, BatchStatistics>>,
  momentum = MOMENTUM,
): Record<string, tf.Tensor> {
  const blend = (name: string, batch: tf.Tensor): tf.Tensor =>
    tf.add(tf.mul(weight(buffers, name), 1 - momentum), tf.mul(batch, momentum));
  return Object.fromEntries(
    Object.entries(statistics).flatMap(([name, { mean, variance, count }]) => [
      [`${name}.running_mean`, blend(`${name}.running_mean`, mean)],
      [`${name}.running_var`, blend(`${name}.running_var`, tf.mul(variance, count / (count - 1)))],
    ]),
  );
}
