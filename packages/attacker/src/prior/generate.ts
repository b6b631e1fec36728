/** Images from latents: a generator's forward pass as a session. */
import { compile, type ExecutorChoice, openSession } from '@leakscope/engine';
import type * as tf from '@leakscope/engine/tf';
import { evalLayers, type LoadedGenerator } from '@leakscope/models';
import { sizeOf, valuesByName } from '@leakscope/shared/tensors';

export interface GenerateOptions {
  readonly executor?: ExecutorChoice;
  readonly threads?: number;
}

/** Images CHW in [-1, 1] of `latents`, [images × latent]. */
export async function generate(
  { generator, weights }: Pick<LoadedGenerator, 'generator' | 'weights'>,
  latents: Float32Array,
  { executor, threads }: GenerateOptions = {},
): Promise<Float32Array[]> {
  const count = latents.length / generator.latent;
  const program = compile({
    name: `generate/${generator.name}`,
    inputs: { z: [count, generator.latent] },
    bound: Object.fromEntries([...weights].map(([name, { shape }]) => [name, shape])),
    fn: (tensors) => ({ outputs: { x: generator.forward(evalLayers(tensors), tensors.z as tf.Tensor) } }),
  });
  const session = await openSession(program, {
    bound: valuesByName(weights),
    ...(executor === undefined ? {} : { executor }),
    ...(threads === undefined ? {} : { threads }),
  });
  try {
    const { x } = (await session.run({ z: latents })) as { x: Float32Array };
    const size = sizeOf(generator.outputShape);
    // An executor's fast tanh may overshoot 1 by a rounding error.
    const clamped = x.map((value) => Math.max(-1, Math.min(1, value)));
    return Array.from({ length: count }, (_, i) => clamped.slice(i * size, (i + 1) * size));
  } finally {
    await session.release();
  }
}
