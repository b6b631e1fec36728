/** Penultimate features under the weights that a client started from: what MSE-R compares. */
import { compile, type ExecutorChoice, openSession } from '@leakscope/engine';
import type * as tf from '@leakscope/engine/tf';
import { type Classifier, evalLayers } from '@leakscope/models';
import { type NamedTensors, valuesByName } from '@leakscope/shared/tensors';

export interface VictimFeatures {
  /** [featureCount] of one image, computed once for each array. */
  of(image: Float32Array): Promise<Float32Array>;
  release(): Promise<void>;
}

/** One image a call, so that no image's features depend, in the last bit, on what it was computed beside. */
export async function openVictimFeatures(
  model: Classifier,
  weights: NamedTensors,
  options: { readonly executor?: ExecutorChoice; readonly threads?: number } = {},
): Promise<VictimFeatures> {
  const program = compile({
    name: `evaluator/features/${model.name}/${model.classes}`,
    inputs: { x: [1, ...model.inputShape] },
    bound: Object.fromEntries([...weights].map(([name, { shape }]) => [name, shape])),
    fn: ({ x, ...bound }) => ({ outputs: { features: model.features(evalLayers(bound), x as tf.Tensor) } }),
  });
  const session = await openSession(program, {
    bound: valuesByName(weights),
    ...options,
  });
  const known = new WeakMap<Float32Array, Float32Array>();
  return {
    async of(image) {
      const features = known.get(image) ?? ((await session.run({ x: image })).features as Float32Array);
      known.set(image, features);
      return features;
    },
    release: () => session.release(),
  };
}
