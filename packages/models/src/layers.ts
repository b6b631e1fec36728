/** The layers that a model's forward pass calls, each over the weights at its PyTorch module path. */
import { batchNorm, batchNormTrain, conv2d, convTranspose2d, linear } from '@leakscope/engine/ops';
import * as tf from '@leakscope/engine/tf';
import { LeakscopeError } from '@leakscope/shared/errors';
import type { NamedTensors } from '@leakscope/shared/tensors';

/** PyTorch's default; every model here uses it. */
export const BATCH_NORM_EPSILON = 1e-5;

/** A model's tensors by PyTorch name, inside a tensor program. */
export type Weights = Readonly<Record<string, tf.Tensor>>;

export interface Window {
  /** Default 1. */
  readonly stride?: number;
  /** Zeros on every side of a convolution, or rows cut from every side of a transposed one. Default 0. */
  readonly padding?: number;
}

/**
 * What a model calls instead of the operations themselves, so that another implementation can watch every layer's
 * input and output (ghost gradient matching does). `name` is the module path: its weight is `${name}.weight`, and its
 * bias, if the weights hold one, `${name}.bias`.
 */
export interface Layers {
  /** [N,I,H,W] -> [N,O,H',W']. */
  conv2d(name: string, x: tf.Tensor, window?: Window): tf.Tensor;
  /** [N,I,H,W] -> [N,O,H',W'], H' = (H - 1) stride - 2 padding + k. */
  convTranspose2d(name: string, x: tf.Tensor, window?: Window): tf.Tensor;
  /** [N,I] -> [N,O]. */
  linear(name: string, x: tf.Tensor): tf.Tensor;
  /** [N,C,H,W] or [N,C], normalised along axis 1. */
  batchNorm(name: string, x: tf.Tensor): tf.Tensor;
}

/** Statistics of one batch norm over one batch. */
export interface BatchStatistics {
  /** [C]. */
  readonly mean: tf.Tensor;
  /** [C], biased: divided by `count`. */
  readonly variance: tf.Tensor;
  /** Number of values behind each entry: N or N·H·W. */
  readonly count: number;
}

/** Layers of `trainLayers`: afterwards `statistics()` has the batch statistics of each batch norm, by module path. */
export interface TrainLayers extends Layers {
  statistics(): Readonly<Record<string, BatchStatistics>>;
}

/** The tensor called `name`. @throws TENSORS_MISSING */
export function weight(weights: Weights, name: string): tf.Tensor {
  const found = weights[name];
  if (found === undefined) throw new LeakscopeError('TENSORS_MISSING', { tensor: name });
  return found;
}

/** `tensors` as tfjs tensors, which belong to the caller's scope: for programs that run at once, uncompiled. */
export function weightTensors(tensors: NamedTensors): Weights {
  return Object.fromEntries([...tensors].map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]));
}

function affineLayers(weights: Weights): Omit<Layers, 'batchNorm'> {
  const withBias = (name: string, y: tf.Tensor): tf.Tensor => {
    const bias = weights[`${name}.bias`];
    return bias === undefined ? y : tf.add(y, tf.reshape(bias, [1, -1, 1, 1]));
  };
  return {
    conv2d: (name, x, window = {}) => withBias(name, conv2d(x, weight(weights, `${name}.weight`), window)),
    convTranspose2d: (name, x, window = {}) =>
      withBias(name, convTranspose2d(x, weight(weights, `${name}.weight`), window)),
    linear: (name, x) => linear(x, weight(weights, `${name}.weight`), weights[`${name}.bias`]),
  };
}

/** Layers whose batch norms use the running statistics: every example is on its own. */
export function evalLayers(weights: Weights): Layers {
  return {
    ...affineLayers(weights),
    batchNorm: (name, x) =>
      batchNorm(
        x,
        {
          mean: weight(weights, `${name}.running_mean`),
          variance: weight(weights, `${name}.running_var`),
          gamma: weight(weights, `${name}.weight`),
          beta: weight(weights, `${name}.bias`),
        },
        BATCH_NORM_EPSILON,
      ),
  };
}

/** Layers whose batch norms use the batch's own statistics, and keep them for `updateRunningStatistics`. */
export function trainLayers(weights: Weights): TrainLayers {
  const statistics: Record<string, BatchStatistics> = {};
  return {
    ...affineLayers(weights),
    batchNorm(name, x) {
      const { y, mean, variance } = batchNormTrain(
        x,
        weight(weights, `${name}.weight`),
        weight(weights, `${name}.bias`),
        BATCH_NORM_EPSILON,
      );
      statistics[name] = { mean, variance, count: x.size / mean.size };
      return y;
    },
    statistics: () => statistics,
  };
}
