/**
 * The space of a generator's weights: a generator whose latent is the weights of another one, which draws from latents that stay. Through it a
 * search of weights (GIAS) is a search of latents like any other.
 */
import { conv2d, convTranspose2d, linear } from '@leakscope/engine/ops';
import * as tf from '@leakscope/engine/tf';
import type { Generator, Layers, LoadedGenerator, ParameterSpec } from '@leakscope/models';
import { type NamedTensors, sizeOf, tensor } from '@leakscope/shared/tensors';

export interface ParameterSpace {
  /** Its latents are weights, flattened in the order of the parameters, of a generator for each image. */
  readonly generator: Generator;
  /** What it binds: the latents that stay, and running statistics. */
  readonly weights: NamedTensors;
  /** The generator's own weights, [parameters]: where a search starts. */
  readonly origin: Float32Array;
}

/** The latents that stay, as the weight of a linear layer: a row of the identity picks an image's. */
const LATENTS = 'latents';

/** Every image of a batch has weights of its own, and its row of `latents`, [images × latent]. */
export function parameterSpace(
  { generator, weights }: Pick<LoadedGenerator, 'generator' | 'weights'>,
  latents: Float32Array,
): ParameterSpace {
  const { parameters, buffers, latent } = generator;
  const images = latents.length / latent;
  const bound = parameters.filter(({ role }) => role === 'norm-weight' || role === 'norm-bias');
  const picks: ParameterSpec = { name: `${LATENTS}.weight`, shape: [latent, images], role: 'linear-weight' };
  const size = parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return {
    generator: {
      ...generator,
      name: `${generator.name}@weights`,
      latent: size,
      parameters: [picks, ...bound],
      buffers,
      stages: [],
      forward(layers, searched) {
        const z = layers.linear(LATENTS, tf.eye(images));
        const each = Array.from({ length: images }, (_, i) =>
          generator.forward(
            withWeights(layers, unflattened(tf.slice(searched, [i, 0], [1, size]), parameters)),
            tf.slice(z, [i, 0], [1, latent]),
          ),
        );
        return tf.concat(each);
      },
    },
    weights: new Map([
      [picks.name, tensor(picks.shape, transposed(latents, images))],
      // A norm whose own scale is 1 and shift 0: those that are searched come after it.
      ...bound.map(({ name, shape, role }) => {
        const neutral = role === 'norm-weight' ? 1 : 0;
        return [name, tensor(shape, new Float32Array(sizeOf(shape)).fill(neutral))] as const;
      }),
      ...buffers.map(({ name }) => [name, weights.get(name) as NonNullable<ReturnType<NamedTensors['get']>>] as const),
    ]),
    origin: flattened(weights, parameters),
  };
}

/** Layers over searched weights; of `layers` only the running statistics are taken. */
function withWeights(layers: Layers, own: ReadonlyMap<string, tf.Tensor>): Layers {
  const of = (name: string): tf.Tensor => own.get(name) as tf.Tensor;
  const perChannel = (v: tf.Tensor, x: tf.Tensor): tf.Tensor =>
    tf.reshape(v, [1, -1, ...new Array<number>(x.rank - 2).fill(1)]);
  const shifted = (name: string, x: tf.Tensor): tf.Tensor =>
    own.has(`${name}.bias`) ? tf.add(x, perChannel(of(`${name}.bias`), x)) : x;
  return {
    conv2d: (name, x, window = {}) => shifted(name, conv2d(x, of(`${name}.weight`), window)),
    convTranspose2d: (name, x, window = {}) => shifted(name, convTranspose2d(x, of(`${name}.weight`), window)),
    linear: (name, x) => linear(x, of(`${name}.weight`), own.get(`${name}.bias`)),
    batchNorm(name, x) {
      const normal = layers.batchNorm(name, x);
      return shifted(name, tf.mul(normal, perChannel(of(`${name}.weight`), normal)));
    },
  };
}

/** [1, size] as the named tensors that lie in it one after another. */
function unflattened(row: tf.Tensor, specs: readonly ParameterSpec[]): Map<string, tf.Tensor> {
  let at = 0;
  return new Map(
    specs.map(({ name, shape }) => {
      const size = sizeOf(shape);
      const values = tf.reshape(tf.slice(row, [0, at], [1, size]), [...shape]);
      at += size;
      return [name, values];
    }),
  );
}

function flattened(weights: NamedTensors, specs: readonly ParameterSpec[]): Float32Array {
  const all = new Float32Array(specs.reduce((sum, { shape }) => sum + sizeOf(shape), 0));
  let at = 0;
  for (const { name, shape } of specs) {
    all.set(weights.get(name)?.data ?? [], at);
    at += sizeOf(shape);
  }
  return all;
}

/** [rows × columns] as [columns × rows]. */
function transposed(values: Float32Array, rows: number): Float32Array {
  const columns = values.length / rows;
  return Float32Array.from(values, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)] as number);
}
