/** How much each penultimate feature depends on the input: what Soteria scores by, computed by the client that holds the examples. */
import { compile, type ExecutorChoice, openSession, type Program } from '@leakscope/engine';
import { gradients } from '@leakscope/engine/ops';
import * as tf from '@leakscope/engine/tf';
import { type Classifier, checkWeights, evalLayers } from '@leakscope/models';
import { type NamedTensors, valuesByName } from '@leakscope/shared/tensors';
import type { FeatureSensitivity } from './defense.ts';

export interface FeatureSensitivityOptions {
  readonly model: Classifier;
  /** Parameters and buffers. */
  readonly weights: NamedTensors;
  /** CHW in [-1, 1]. */
  readonly images: readonly Float32Array[];
  readonly executor?: ExecutorChoice;
  readonly threads?: number;
}

/** Features differentiated by one run of the program. */
const CHUNK = 32;

/**
 * |r_i| and ‖∂r_i/∂x‖₂ of each of the model's features, with running batch-norm statistics, averaged over the images.
 * One backward pass a feature and image.
 */
export async function featureSensitivity(options: FeatureSensitivityOptions): Promise<FeatureSensitivity> {
  const { model, images, executor, threads } = options;
  const weights = checkWeights(model, options.weights);
  const count = model.featureCount;
  const session = await openSession(sensitivityProgram(model, weights), {
    bound: valuesByName(weights),
    ...(executor === undefined ? {} : { executor }),
    ...(threads === undefined ? {} : { threads }),
  });
  const features = new Float32Array(count);
  const sensitivity = new Float32Array(count);
  try {
    for (const image of images) {
      for (let start = 0; start < count; start += CHUNK) {
        const chosen = new Float32Array(CHUNK * count);
        const length = Math.min(CHUNK, count - start);
        for (let row = 0; row < length; row++) chosen[row * count + start + row] = 1;
        const { r, slope } = (await session.run({ x: image, chosen })) as { r: Float32Array; slope: Float32Array };
        for (let i = start; i < start + length; i++) {
          features[i] = (features[i] as number) + Math.abs(r[i] as number) / images.length;
          sensitivity[i] = (sensitivity[i] as number) + (slope[i - start] as number) / images.length;
        }
      }
    }
  } finally {
    await session.release();
  }
  return { features, sensitivity };
}

/** x [1,C,H,W] and a one-hot row for each chosen feature -> r [features] and ‖∂r_i/∂x‖ [CHUNK]. */
function sensitivityProgram(model: Classifier, weights: NamedTensors): Program {
  const bound = Object.fromEntries([...weights].map(([name, { shape }]) => [name, [...shape]]));
  return compile({
    name: `sensitivity/${model.name}/${CHUNK}`,
    inputs: { x: [1, ...model.inputShape], chosen: [CHUNK, model.featureCount] },
    bound,
    fn: (tensors) => {
      const { x, chosen } = tensors as { x: tf.Tensor; chosen: tf.Tensor };
      // Every copy is an example of its own, so one backward pass differentiates a feature of each.
      const copies = tf.tile(x, [CHUNK, 1, 1, 1]);
      const layers = evalLayers(tensors);
      const { grads } = gradients(() => tf.sum(tf.mul(model.features(layers, copies), chosen)), [copies]);
      const slope = tf.sqrt(tf.sum(tf.square(grads[0] as tf.Tensor), [1, 2, 3]));
      return { outputs: { r: tf.reshape(model.features(layers, x), [-1]), slope } };
    },
  });
}
