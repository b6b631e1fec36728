/** How far the features of generated images are from those that a head's gradient leaks: cheap, since no gradient of the model is built. */
import { compile, openSession } from '@leakscope/engine';
import { gradients } from '@leakscope/engine/ops';
import * as tf from '@leakscope/engine/tf';
import { evalLayers, type Weights } from '@leakscope/models';
import { programName } from '@leakscope/shared/module';
import { type NamedTensors, valuesByName } from '@leakscope/shared/tensors';
import type { AttackContext } from '../../contract/attack.ts';
import type { LossFunction } from '../../matching/loss-function.ts';
import type { Case } from '../case.ts';

export interface LeakedFeatures {
  /** [features]. */
  readonly values: Float32Array;
  /** 1 where the value is known, 0 where a defence has taken it away; [features]. */
  readonly known: Float32Array;
}

/** Squared distances of `population` candidates as shares of the squared length of what leaked, and their gradients in the latents. */
export async function openFeatureLoss(
  { model, weights, prior }: Case,
  { values, known }: LeakedFeatures,
  population: number,
  { executor, threads }: Pick<AttackContext, 'executor' | 'threads'>,
): Promise<LossFunction> {
  const { generator } = prior;
  const bound: NamedTensors = new Map([
    ...[...weights].map(([name, own]) => [`theta/${name}`, own] as const),
    ...[...prior.weights].map(([name, own]) => [`generator/${name}`, own] as const),
    ['leaked', { shape: [values.length], data: values.map((value, i) => value * (known[i] as number)) }],
    ['known', { shape: [known.length], data: known }],
  ]);
  const program = compile({
    name: `features/${model.name}-${model.classes}-${model.inputShape.join('x')}/${programName(generator)}/${population}`,
    inputs: { z: [population, generator.latent] },
    bound: Object.fromEntries([...bound].map(([name, { shape }]) => [name, shape])),
    fn: (tensors) => {
      const leaked = tensors.leaked as tf.Tensor;
      const { grads, aux } = gradients(
        (z) => {
          const images = generator.forward(evalLayers(under('generator/', tensors)), z as tf.Tensor);
          const features = model.features(evalLayers(under('theta/', tensors)), images);
          const off = tf.sub(tf.mul(features, tensors.known as tf.Tensor), leaked);
          const loss = tf.div(tf.sum(tf.square(off), 1), tf.maximum(tf.sum(tf.square(leaked)), 2 ** -126));
          return { value: tf.sum(loss), aux: { loss } };
        },
        [tensors.z as tf.Tensor],
      );
      return { outputs: { loss: aux.loss as tf.Tensor, grad: grads[0] as tf.Tensor } };
    },
  });
  const session = await openSession(program, {
    bound: valuesByName(bound),
    ...(executor === undefined ? {} : { executor }),
    ...(threads === undefined ? {} : { threads }),
  });
  return {
    async evaluate(z) {
      const { loss, grad } = (await session.run({ z })) as Record<'loss' | 'grad', Float32Array>;
      return { losses: loss, gradient: grad };
    },
    release: () => session.release(),
  };
}

/** The entries of `all` under a prefix, without it. */
const under = (prefix: string, all: Weights): Weights =>
  Object.fromEntries(
    Object.entries(all).flatMap(([name, x]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), x]] : [])),
  );
