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

/**
 * One forward and backward pass, itself differentiable in `x` and `weights`.
 * @param x images [N, ...inputShape]
 * @param oneHot labels [N, classes]
 * @param factor a scalar by which the gradient, not the loss that is returned, is multiplied: it costs one product at the loss
 * where multiplying the gradient costs one for each parameter. Default none.
 */
export function lossAndGradient(
  model: Classifier,
  weights: Weights,
  x: tf.Tensor,
  oneHot: tf.Tensor,
  mode: Mode,
  factor?: tf.Tensor,
): LossAndGradient {
  const names = model.parameters.map(({ name }) => name);
  const layers: TrainLayers =
    mode === 'train' ? trainLayers(weights) : { ...evalLayers(weights), statistics: () => ({}) };
  const { grads, aux } = gradients(
    () => {
      const { logits, features } = model.forward(layers, x);
      const batch = Object.entries(layers.statistics()).flatMap(([name, { mean, variance }]) => [
        [`${name} mean`, mean] as const,
        [`${name} variance`, variance] as const,
      ]);
      const loss = tf.mean(softmaxCrossEntropy(logits, oneHot));
      return {
        value: factor === undefined ? loss : tf.mul(loss, factor),
        aux: { loss, logits, features, ...Object.fromEntries(batch) },
      };
    },
    names.map((name) => weight(weights, name)),
  );
  const statistics = Object.entries(layers.statistics()).map(([name, { count }]) => [
    name,
    { mean: weight(aux, `${name} mean`), variance: weight(aux, `${name} variance`), count },
  ]);
  return {
    loss: weight(aux, 'loss'),
    logits: weight(aux, 'logits'),
    features: weight(aux, 'features'),
    gradient: Object.fromEntries(names.map((name, i) => [name, grads[i] as tf.Tensor])),
    statistics: Object.fromEntries(statistics),
  };
}
