/** The last layer of a classifier, which gives labels, features and scale away. */
import type { Classifier } from '@leakscope/models';
import { LeakscopeError } from '@leakscope/shared/errors';
import type { NamedTensors, Tensor } from '@leakscope/shared/tensors';

/** The gradient of the last layer: weight [classes, features] and bias [classes]. */
interface HeadGradient {
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/** @throws TENSORS_MISSING */
export function required(tensors: NamedTensors, name: string): Tensor {
  const found = tensors.get(name);
  if (found === undefined) throw new LeakscopeError('TENSORS_MISSING', { tensor: name });
  return found;
}

/** @throws TENSORS_MISSING */
export function headGradient(model: Classifier, gradient: NamedTensors): HeadGradient {
  return {
    weight: required(gradient, `${model.head}.weight`).data,
    bias: required(gradient, `${model.head}.bias`).data,
  };
}

/**
 * The penultimate features, read off the gradient: row c of the weight's is (dL/dlogit_c) r, and the bias's is dL/dlogit_c
 * (Geiping et al. 2020, proposition 3.1). Exact for one example whatever factor both carry; for a batch a weighted mean.
 * Undefined where the bias's gradient is zero.
 */
export function leakedFeatures(model: Classifier, { weight, bias }: HeadGradient): Float32Array | undefined {
  const row = bias.reduce((best, value, c) => (Math.abs(value) > Math.abs(bias[best] ?? 0) ? c : best), 0);
  const slope = bias[row] ?? 0;
  if (slope === 0) return undefined;
  const start = row * model.featureCount;
  return weight.slice(start, start + model.featureCount).map((value) => value / slope);
}

/** softmax(W r + b) with the shared weights. @throws TENSORS_MISSING */
export function headProbabilities(model: Classifier, weights: NamedTensors, features: Float32Array): Float64Array {
  const matrix = required(weights, `${model.head}.weight`).data;
  const bias = required(weights, `${model.head}.bias`).data;
  const logits = Float64Array.from(bias, (offset, c) =>
    features.reduce((sum, feature, i) => sum + feature * (matrix[c * features.length + i] as number), offset),
  );
  const largest = Math.max(...logits);
  const exps = logits.map((logit) => Math.exp(logit - largest));
  const total = exps.reduce((sum, value) => sum + value, 0);
  return exps.map((value) => value / total);
}
