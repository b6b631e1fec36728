/** Fréchet distance between two sets of images (Heusel et al., 2017), in a feature space that needs no download. */
import { compile, type ExecutorChoice, openSession } from '@leakscope/engine';
import { conv2d } from '@leakscope/engine/ops';
import * as tf from '@leakscope/engine/tf';
import { product, squareRoot, symmetricEigen } from '@leakscope/shared/linear-algebra';
import { seeded } from '@leakscope/shared/random';

/** The name of the feature space; distances compare only within one. */
export const FRECHET_SPACE =
  'leakscope random convolutions v1: 3 fixed layers, mean and deviation of 8 + 16 + 32 channels';

interface Layer {
  readonly name: string;
  readonly shape: readonly [out: number, channels: number, kernel: number, kernel: number];
  readonly stride: number;
}

/** Random convolutions see what the eye sees first: colour, edges, texture, at three scales. */
const LAYERS: readonly Layer[] = [
  { name: 'conv1', shape: [8, 3, 5, 5], stride: 1 },
  { name: 'conv2', shape: [16, 8, 3, 3], stride: 2 },
  { name: 'conv3', shape: [32, 16, 3, 3], stride: 2 },
];

/** Two a channel. */
export const FRECHET_FEATURES = 2 * LAYERS.reduce((sum, { shape: [out] }) => sum + out, 0);

const BATCH = 64;

/** Zero-mean kernels of unit norm, always the same: the space must not change between runs. */
function kernels(): Record<string, Float32Array> {
  return Object.fromEntries(
    LAYERS.map(({ name, shape: [out, channels, kernel] }) => {
      const size = channels * kernel * kernel;
      const random = seeded('leakscope/frechet', 1, name);
      const rows = Array.from({ length: out }, () => {
        const draws = random.normals(size);
        const norm = Math.sqrt(draws.reduce((sum, x) => sum + x * x, 0));
        return draws.map((x) => (2 * x) / norm);
      });
      return [name, Float32Array.from(rows.flatMap((row) => [...row]))];
    }),
  );
}

/** One vector of 112 features an image: mean and standard deviation over the positions of each channel, after ReLU. Images are [3, 32, 32] in [-1, 1]. */
export async function frechetFeatures(
  images: readonly Float32Array[],
  options: { readonly executor?: ExecutorChoice; readonly threads?: number } = {},
): Promise<Float32Array[]> {
  const side = Math.sqrt((images[0]?.length ?? 3072) / 3);
  const program = compile({
    name: 'evaluator/frechet-features/1',
    inputs: { x: [BATCH, 3, side, side] },
    bound: Object.fromEntries(LAYERS.map(({ name, shape }) => [name, shape])),
    fn: ({ x, ...bound }) => {
      const pooled: tf.Tensor[] = [];
      let activation = x as tf.Tensor;
      for (const { name, stride, shape } of LAYERS) {
        activation = tf.relu(
          conv2d(activation, bound[name] as tf.Tensor, { stride, padding: Math.floor(shape[2] / 2) }),
        );
        const mean = tf.mean(activation, [2, 3], true);
        const variance = tf.mean(tf.square(tf.sub(activation, mean)), [2, 3]);
        pooled.push(tf.reshape(mean, [BATCH, shape[0]]), tf.sqrt(tf.add(variance, 1e-6)));
      }
      return { outputs: { features: tf.concat(pooled, 1) } };
    },
  });
  const session = await openSession(program, { bound: kernels(), ...options });
  try {
    const result: Float32Array[] = [];
    for (let from = 0; from < images.length; from += BATCH) {
      const chunk = images.slice(from, from + BATCH);
      const x = new Float32Array(BATCH * 3 * side * side);
      for (const [k, image] of chunk.entries()) x.set(image, k * image.length);
      const { features } = await session.run({ x });
      const rows = features as Float32Array;
      for (let k = 0; k < chunk.length; k++) result.push(rows.slice(k * FRECHET_FEATURES, (k + 1) * FRECHET_FEATURES));
    }
    return result;
  } finally {
    await session.release();
  }
}

/**
 * ||mean_a - mean_b||^2 + tr(A + B - 2 (A^1/2 B A^1/2)^1/2), with the covariances A and B of two sets of feature vectors.
 * 0 for equal sets. Biased upwards for small ones: compare sets of one size. Each needs two vectors.
 */
export function frechetDistance(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  const n = a[0]?.length ?? 0;
  if (a.length < 2 || b.length < 2 || n === 0)
    throw new RangeError('a Fréchet distance needs two vectors on each side');
  const [left, right] = [moments(a, n), moments(b, n)];
  const root = squareRoot(left.covariance, n);
  const inner = product(product(root, right.covariance, n), root, n);
  let distance = 0;
  for (let i = 0; i < n; i++) {
    distance += ((left.mean[i] as number) - (right.mean[i] as number)) ** 2;
    distance += (left.covariance[i * n + i] as number) + (right.covariance[i * n + i] as number);
  }
  for (const value of symmetricEigen(inner, n).values) distance -= 2 * Math.sqrt(Math.max(0, value));
  return Math.max(0, distance);
}

function moments(vectors: readonly Float32Array[], n: number): { mean: Float64Array; covariance: Float64Array } {
  const mean = new Float64Array(n);
  for (const vector of vectors)
    for (let i = 0; i < n; i++) mean[i] = (mean[i] as number) + (vector[i] as number) / vectors.length;
  const covariance = new Float64Array(n * n);
  const centred = new Float64Array(n);
  for (const vector of vectors) {
    for (let i = 0; i < n; i++) centred[i] = (vector[i] as number) - (mean[i] as number);
    for (let i = 0; i < n; i++) {
      const left = (centred[i] as number) / (vectors.length - 1);
      for (let j = 0; j < n; j++)
        covariance[i * n + j] = (covariance[i * n + j] as number) + left * (centred[j] as number);
    }
  }
  return { mean, covariance };
}
