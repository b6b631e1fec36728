/** A generator ready to be searched: its images, their squared error to a target, and the derivative of that in the latent. */
import { compile, type ExecutorChoice, openSession } from '@leakscope/engine';
import { gradients } from '@leakscope/engine/ops';
import * as tf from '@leakscope/engine/tf';
import { evalLayers, type Generator } from '@leakscope/models';
import { seeded } from '@leakscope/shared/random';
import { type NamedTensors, valuesByName } from '@leakscope/shared/tensors';
import { rowOf, rowsOf } from './rows.ts';

export interface GeneratorSessionOptions {
  readonly generator: Generator;
  readonly weights: NamedTensors;
  readonly executor?: ExecutorChoice | undefined;
  readonly threads?: number | undefined;
}

export interface PriorSamples {
  /** Planes in [-1, 1]. */
  readonly images: Float32Array[];
  readonly latents: Float32Array[];
}

export interface GeneratorSession {
  /** Latents a call. */
  readonly population: number;
  /** Entries of a latent, and values of an image. */
  readonly latent: number;
  readonly size: number;
  /** z [population, latent], target [population, ...image]; mean squared error of each image, and its derivative in z. */
  run(
    z: Float32Array,
    target: Float32Array,
  ): Promise<{ image: Float32Array; error: Float32Array; slope: Float32Array }>;
  /** Images of `samples` latents z ~ N(0, I): what the generator shows without any gradient. The last draws are kept for who asks again. */
  sample(samples: number, seed: number | string): Promise<PriorSamples>;
  release(): Promise<void>;
}

export async function openGeneratorSession(
  { generator, weights, executor, threads }: GeneratorSessionOptions,
  population: number,
): Promise<GeneratorSession> {
  const { latent } = generator;
  const size = generator.outputShape.reduce((a, b) => a * b);
  const program = compile({
    name: `evaluator/inversion/${generator.name}`,
    inputs: { z: [population, latent], target: [population, ...generator.outputShape] },
    bound: Object.fromEntries([...weights].map(([name, { shape }]) => [name, shape])),
    fn: ({ z, target, ...bound }) => {
      const layers = evalLayers(bound);
      const { grads, aux } = gradients(
        (latents) => {
          const image = generator.forward(layers, latents);
          const error = tf.mean(tf.square(tf.sub(image, target as tf.Tensor)), [1, 2, 3]);
          return { value: tf.sum(error), aux: { image, error } };
        },
        [z as tf.Tensor],
      );
      const { image, error } = aux as Record<'image' | 'error', tf.Tensor>;
      return { outputs: { image, error, slope: grads[0] as tf.Tensor } };
    },
  });
  const session = await openSession(program, {
    bound: valuesByName(weights),
    ...(executor !== undefined && { executor }),
    ...(threads !== undefined && { threads }),
  });

  async function run(z: Float32Array, target: Float32Array) {
    const { image, error, slope } = await session.run({ z, target });
    return { image, error, slope } as Record<'image' | 'error' | 'slope', Float32Array>;
  }
  let drawn: (PriorSamples & { readonly seed: number | string }) | undefined;
  return {
    population,
    latent,
    size,
    run,
    async sample(samples, seed) {
      if (drawn?.seed === seed && drawn.images.length >= samples) {
        return { images: drawn.images.slice(0, samples), latents: drawn.latents.slice(0, samples) };
      }
      const random = seeded(seed, 'prior');
      const latents = Array.from({ length: samples }, () => random.normals(latent));
      const target = new Float32Array(population * size);
      const images: Float32Array[] = [];
      for (let from = 0; from < samples; from += population) {
        const chunk = latents.slice(from, from + population);
        const { image } = await run(rowsOf(chunk, latent, population), target);
        for (let k = 0; k < chunk.length; k++) images.push(rowOf(image, k, size));
      }
      drawn = { images, latents, seed };
      return { images, latents };
    },
    release: () => session.release(),
  };
}
