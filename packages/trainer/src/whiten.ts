/**
 * Whitening: the latents of real images become N(0, I) in mean and covariance by an affine map that goes into the
 * generator's first layer, where it costs nothing. What a decoder has learnt then lies where samples and searches look.
 */
import { compile, openSession } from '@leakscope/engine';
import * as tf from '@leakscope/engine/tf';
import { type Generator, trainLayers } from '@leakscope/models';
import { LeakscopeError } from '@leakscope/shared/errors';
import { type NamedTensors, type Tensor, tensor } from '@leakscope/shared/tensors';
import { encode, encoder } from './encoder.ts';
import { batchIndices } from './faces.ts';
import type { FinishInput } from './recipe.ts';

/** At most this many images: far more than a covariance of 128 dimensions needs. */
const IMAGES = 8192;

/** Mean [n] and covariance [n, n] of the aggregate posterior, the mixture of q(z|x) over images. */
interface Moments {
  readonly mean: Float64Array;
  readonly covariance: Float64Array;
}

/** The generator's weights after training, for z ~ N(0, I): G'(u) = G(mean + L u), L the Cholesky factor of the covariance. */
export async function whiten(input: FinishInput): Promise<NamedTensors> {
  const { generator, weights } = input;
  const { mean, covariance } = await latentMoments(input);
  return absorb(weights, firstLayer(generator), mean, cholesky(covariance, generator.latent));
}

async function latentMoments({ generator, state, faces, batch, seed, compute }: FinishInput): Promise<Moments> {
  const { latent, outputShape } = generator;
  const network = encoder({ side: outputShape[1], latent });
  const program = compile({
    name: `encode/${generator.name}/${batch}`,
    inputs: { images: [batch, ...outputShape] },
    bound: Object.fromEntries(network.parameters.map(({ name, shape }) => [name, shape])),
    fn: (given: Record<string, tf.Tensor>) => {
      const { mean, logVariance } = encode(network, trainLayers(given), given.images as tf.Tensor);
      return { outputs: { mean, variance: tf.exp(logVariance) } };
    },
  });
  const session = await openSession(program, {
    bound: Object.fromEntries(
      network.parameters.map(({ name }) => [name, (state.get(`encoder.weights/${name}`) as Tensor).data]),
    ),
    ...compute,
  });
  try {
    const sum = new Float64Array(latent);
    const product = new Float64Array(latent * latent);
    const batches = Math.floor(Math.min(IMAGES, faces.count) / batch);
    for (let position = 0; position < batches; position++) {
      const output = await session.run({ images: faces.batch(batchIndices(faces.count, batch, seed, position)) });
      const means = output.mean as Float32Array;
      const variances = output.variance as Float32Array;
      for (let n = 0; n < batch; n++) {
        const z = means.subarray(n * latent, (n + 1) * latent);
        for (let i = 0; i < latent; i++) {
          sum[i] = (sum[i] as number) + (z[i] as number);
          for (let j = 0; j < latent; j++) {
            const own = i === j ? (variances[n * latent + i] as number) : 0;
            product[i * latent + j] = (product[i * latent + j] as number) + (z[i] as number) * (z[j] as number) + own;
          }
        }
      }
    }
    const count = batches * batch;
    const mean = sum.map((value) => value / count);
    const covariance = product.map(
      (value, at) => value / count - (mean[Math.floor(at / latent)] as number) * (mean[at % latent] as number),
    );
    return { mean, covariance };
  } finally {
    await session.release();
  }
}

/** The lower triangular L of a positive definite [n, n] matrix with L L' = `matrix`. @throws TRAIN_LATENTS_DEGENERATE */
export function cholesky(matrix: Float64Array, n: number): Float64Array {
  const factor = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = matrix[i * n + j] as number;
      for (let k = 0; k < j; k++) rest -= (factor[i * n + k] as number) * (factor[j * n + k] as number);
      if (i === j && !(rest > 0))
        throw new LeakscopeError('TRAIN_LATENTS_DEGENERATE', { dimension: i, variance: rest });
      factor[i * n + j] = i === j ? Math.sqrt(rest) : rest / (factor[j * n + j] as number);
    }
  }
  return factor;
}

/** `weights` with z = mean + factor u put into the linear layer `name`: W' = W factor, b' = b + W mean. */
export function absorb(weights: NamedTensors, name: string, mean: Float64Array, factor: Float64Array): NamedTensors {
  const { data: matrix, shape } = weights.get(`${name}.weight`) as Tensor;
  const { data: bias } = weights.get(`${name}.bias`) as Tensor;
  const n = mean.length;
  const nextMatrix = new Float32Array(matrix.length);
  const nextBias = new Float32Array(bias.length);
  for (let row = 0; row < bias.length; row++) {
    let shift = bias[row] as number;
    for (let k = 0; k < n; k++) shift += (matrix[row * n + k] as number) * (mean[k] as number);
    nextBias[row] = shift;
    for (let column = 0; column < n; column++) {
      let value = 0;
      // L is lower triangular: nothing above its diagonal.
      for (let k = column; k < n; k++) value += (matrix[row * n + k] as number) * (factor[k * n + column] as number);
      nextMatrix[row * n + column] = value;
    }
  }
  return new Map([
    ...weights,
    [`${name}.weight`, tensor(shape, nextMatrix)],
    [`${name}.bias`, tensor([bias.length], nextBias)],
  ]);
}

/** The module that takes z: the generator's first. @throws TRAIN_ARCH_UNSUITED where that is no linear layer. */
function firstLayer(generator: Generator): string {
  const [first] = generator.parameters;
  if (first?.role !== 'linear-weight')
    throw new LeakscopeError('TRAIN_ARCH_UNSUITED', { arch: generator.name, recipe: 'vae' });
  return first.name.replace(/\.weight$/, '');
}
