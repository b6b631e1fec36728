/** What a client computes and an attacker matches: the mean cross entropy of a batch and its gradient in every parameter. */
import { gradients, softmaxCrossEntropy } from '@leakscope/engine/ops';
import * as tf from '@leakscope/engine/tf';
import type { Classifier } from './classifier.ts';
import { type BatchStatistics, evalLayers, type TrainLayers, trainLayers, type Weights, weight } from './layers.ts';

/** `eval`: batch norm by running statistics. `train`: by the batch's own. */
export type Mode = 'eval' | 'train';

export interface LossAndGradient {
  /** Mean over the batch. */
  readonly loss: tf.Tensor;
  /** [N, classes]. */
  readonly logits: tf.Tensor;
  /** [N, featureCount]. */
  readonly features: tf.Tensor;
  /** d loss / d parameter by name, in the model's order. */
  readonly gradient: Readonly<Record<string, tf.Tensor>>;
  /** Batch statistics of each batch norm, for `updateRunningStatistics`; empty in `eval` mode. */
  readonly statistics: Readonly<Record<string, BatchStatistics>>;
}

/** A copy that belongs to the caller's scope, in place of a tensor that was kept beyond its own. */
function release(kept: tf.Tensor): tf.Tensor {
  const copy = tf.clone(kept);
  kept.dispose();
  return copy;
}

/**
 * One forward and backward pass, itself differentiable in `x` and `weights`.
 * @param x images [N, ...inputShape]
 * @param oneHot labels [N, classes]
 */
export function lossAndGradient(
  model: Classifier,
  weights: Weights,
  x: tf.Tensor,
  oneHot: tf.Tensor,
  mode: Mode,
): LossAndGradient {
  const names = model.parameters.map(({ name }) => name);
  const layers: TrainLayers =
    mode === 'train' ? trainLayers(weights) : { ...evalLayers(weights), statistics: () => ({}) };
  let pass: ReturnType<Classifier['forward']> | undefined;
  const { value, grads } = gradients(
    () => {
      pass = model.forward(layers, x);
      // gradients() disposes of everything that the function made but its value.
      tf.keep(pass.logits);
      tf.keep(pass.features);
      for (const { mean, variance } of Object.values(layers.statistics())) {
        tf.keep(mean);
        tf.keep(variance);
      }
      return tf.mean(softmaxCrossEntropy(pass.logits, oneHot));
    },
    names.map((name) => weight(weights, name)),
  );
  const { logits, features } = pass as ReturnType<Classifier['forward']>;
  return {
    loss: value,
    logits: release(logits),
    features: release(features),
    gradient: Object.fromEntries(names.map((name, i) => [name, grads[i] as tf.Tensor])),
    statistics: Object.fromEntries(
      Object.entries(layers.statistics()).map(([name, { mean, variance, count }]) => [
        name,
        { mean: release(mean), variance: release(variance), count },
      ]),
    ),
  };
}
