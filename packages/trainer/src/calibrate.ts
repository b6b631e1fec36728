/** The running statistics of a trained generator's batch norms, measured afresh with latents from N(0, I). */
import { compile, openSession } from '@leakscope/engine';
import type * as tf from '@leakscope/engine/tf';
import { type Generator, trainLayers } from '@leakscope/models';
import { seeded } from '@leakscope/shared/random';
import { type NamedTensors, tensor } from '@leakscope/shared/tensors';
import type { Compute } from './compute.ts';

const BATCH = 128;
const BATCHES = 32;

/**
 * `weights` with buffers such that evaluation mode sees on average what a large batch of z ~ N(0, I) shows in training
 * mode. Running means kept during training lag behind the weights, and know nothing of averaged weights.
 */
export async function calibrate(
  generator: Generator,
  weights: NamedTensors,
  seed: number,
  compute: Compute,
): Promise<NamedTensors> {
  const names = generator.parameters.map(({ name }) => name);
  const norms = generator.buffers.flatMap(({ name, role }) =>
    role === 'running-mean' ? [name.replace(/\.running_mean$/, '')] : [],
  );
  const program = compile({
    name: `calibrate/${generator.name}/${BATCH}`,
    inputs: { z: [BATCH, generator.latent] },
    bound: Object.fromEntries(generator.parameters.map(({ name, shape }) => [name, shape])),
    fn: (given: Record<string, tf.Tensor>) => {
      const layers = trainLayers(given);
      generator.forward(layers, given.z as tf.Tensor);
      const outputs: Record<string, tf.Tensor> = {};
      for (const [norm, { mean, variance }] of Object.entries(layers.statistics())) {
        outputs[`${norm}.mean`] = mean;
        outputs[`${norm}.variance`] = variance;
      }
      return { outputs };
    },
  });
  const session = await openSession(program, {
    bound: Object.fromEntries(names.map((name) => [name, (weights.get(name) ?? tensor([0])).data])),
    ...compute,
  });
  try {
    const random = seeded(seed, 'calibrate');
    const sums = new Map(norms.map((norm) => [norm, { mean: [] as number[], square: [] as number[] }]));
    for (let batch = 0; batch < BATCHES; batch++) {
      const measured = await session.run({ z: random.normals(BATCH * generator.latent) });
      for (const [norm, sum] of sums) {
        const mean = measured[`${norm}.mean`] as Float32Array;
        const variance = measured[`${norm}.variance`] as Float32Array;
        for (let i = 0; i < mean.length; i++) {
          const m = mean[i] as number;
          sum.mean[i] = (sum.mean[i] ?? 0) + m / BATCHES;
          sum.square[i] = (sum.square[i] ?? 0) + ((variance[i] as number) + m * m) / BATCHES;
        }
      }
    }
    const calibrated: NamedTensors = new Map(weights);
    for (const [norm, { mean, square }] of sums) {
      calibrated.set(`${norm}.running_mean`, tensor([mean.length], Float32Array.from(mean)));
      calibrated.set(
        `${norm}.running_var`,
        tensor(
          [mean.length],
          Float32Array.from(square, (value, i) => Math.max(0, value - (mean[i] as number) ** 2)),
        ),
      );
    }
    return calibrated;
  } finally {
    await session.release();
  }
}
