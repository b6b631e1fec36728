/** GAN inversion: the best that a generator can do for an image that one may look at. It is the ceiling of every attack. */
import { compile, type ExecutorChoice, openSession } from '@leakscope/engine';
import { gradients } from '@leakscope/engine/ops';
import * as tf from '@leakscope/engine/tf';
import { evalLayers, type Generator } from '@leakscope/models';
import { seeded } from '@leakscope/shared/random';
import type { NamedTensors } from '@leakscope/shared/tensors';
import { mse } from './metrics.ts';

export interface InversionOptions {
  readonly generator: Generator;
  readonly weights: NamedTensors;
  /** Planes in [-1, 1], of the generator's output shape. */
  readonly images: readonly Float32Array[];
  /** Adam steps. Default 500. */
  readonly steps?: number;
  /** Latents that are tried per image; the best one counts. Default 2. */
  readonly restarts?: number;
  /** Default 0.1, falling to 0 along half a cosine. */
  readonly learningRate?: number;
  readonly seed?: number | string;
  readonly executor?: ExecutorChoice;
  readonly threads?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

export interface Inversion {
  readonly images: readonly Float32Array[];
  readonly latents: readonly Float32Array[];
  /** Mean squared error on [-1, 1]. */
  readonly mse: readonly number[];
}

/** Most latents per call of the program: enough to fill the processor, few enough to stay in its cache. */
const MAX_POPULATION = 32;
/** Random latents out of which the starts are chosen. */
const POOL = 96;

/** Searches a latent for each image: Adam on the squared error, from the random latents that come nearest. */
export async function invertImages(options: InversionOptions): Promise<Inversion> {
  const { images, steps = 500, restarts = 2, learningRate = 0.1, seed = 1, signal, onProgress } = options;
  const prior = await openGenerator(options, MAX_POPULATION);
  const pool = await sampleFrom(prior, POOL, seed).finally(() => prior.release());
  const members = images.flatMap((target) =>
    nearest(target, pool.images, restarts).map((start) => ({ target, start: pool.latents[start] as Float32Array })),
  );
  const search = await openGenerator(options, Math.min(MAX_POPULATION, 2 ** Math.ceil(Math.log2(members.length || 1))));
  try {
    const found: { image: Float32Array; latent: Float32Array }[] = [];
    for (let from = 0; from < members.length; from += search.population) {
      const chunk = members.slice(from, from + search.population);
      found.push(...(await descend(search, chunk, steps, learningRate, signal)));
      onProgress?.({ done: Math.floor(found.length / restarts), total: images.length });
    }
    const best = images.map((target, k) => {
      const tries = found
        .slice(k * restarts, (k + 1) * restarts)
        .map((one) => ({ ...one, mse: mse(one.image, target) }));
      return tries.reduce((a, b) => (b.mse < a.mse ? b : a));
    });
    return {
      images: best.map(({ image }) => image),
      latents: best.map(({ latent }) => latent),
      mse: best.map((one) => one.mse),
    };
  } finally {
    await search.release();
  }
}

export interface PriorOptions
  extends Pick<InversionOptions, 'generator' | 'weights' | 'seed' | 'executor' | 'threads'> {
  readonly samples: number;
}

export interface PriorSamples {
  readonly images: Float32Array[];
  readonly latents: Float32Array[];
}

/** What the generator shows without any gradient: images of `samples` latents z ~ N(0, I). */
export async function samplePrior(options: PriorOptions): Promise<PriorSamples> {
  const open = await openGenerator(options, MAX_POPULATION);
  return sampleFrom(open, options.samples, options.seed ?? 1).finally(() => open.release());
}

/** A generator, its squared error to a target, and the derivative of that in z; `population` latents a call. */
interface OpenGenerator {
  readonly population: number;
  readonly latent: number;
  /** Values of an image. */
  readonly size: number;
  run(
    z: Float32Array,
    target: Float32Array,
  ): Promise<{ image: Float32Array; error: Float32Array; slope: Float32Array }>;
  release(): Promise<void>;
}

type GeneratorOptions = Pick<InversionOptions, 'generator' | 'weights' | 'executor' | 'threads'>;

async function openGenerator(options: GeneratorOptions, population: number): Promise<OpenGenerator> {
  const { generator, weights, executor, threads } = options;
  const program = compile({
    name: `evaluator/inversion/${generator.name}`,
    inputs: { z: [population, generator.latent], target: [population, ...generator.outputShape] },
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
    bound: Object.fromEntries([...weights].map(([name, { data }]) => [name, data])),
    ...(executor !== undefined && { executor }),
    ...(threads !== undefined && { threads }),
  });
  return {
    population,
    latent: generator.latent,
    size: generator.outputShape.reduce((a, b) => a * b),
    async run(z, target) {
      const { image, error, slope } = await session.run({ z, target });
      return { image, error, slope } as Record<'image' | 'error' | 'slope', Float32Array>;
    },
    release: () => session.release(),
  };
}

async function sampleFrom(open: OpenGenerator, samples: number, seed: number | string): Promise<PriorSamples> {
  const random = seeded(seed, 'prior');
  const latents = Array.from({ length: samples }, () => random.normals(open.latent));
  const target = new Float32Array(open.population * open.size);
  const images: Float32Array[] = [];
  for (let from = 0; from < samples; from += open.population) {
    const chunk = latents.slice(from, from + open.population);
    const { image } = await open.run(packed(chunk, open.latent, open.population), target);
    for (let k = 0; k < chunk.length; k++) images.push(row(image, k, open.size));
  }
  return { images, latents };
}

/** Adam from each member's start; what counts is the best point on the way. */
async function descend(
  open: OpenGenerator,
  members: readonly { target: Float32Array; start: Float32Array }[],
  steps: number,
  learningRate: number,
  signal: AbortSignal | undefined,
): Promise<{ image: Float32Array; latent: Float32Array }[]> {
  const { latent, size, population } = open;
  const z = packed(
    members.map((member) => member.start),
    latent,
    population,
  );
  const target = packed(
    members.map((member) => member.target),
    size,
    population,
  );
  const first = new Float64Array(z.length);
  const second = new Float64Array(z.length);
  const least = new Float64Array(members.length).fill(Number.POSITIVE_INFINITY);
  const best = z.slice();
  for (let step = 0; step <= steps; step++) {
    signal?.throwIfAborted();
    const { error, slope } = await open.run(z, target);
    for (let k = 0; k < members.length; k++) {
      if ((error[k] as number) >= (least[k] as number)) continue;
      least[k] = error[k] as number;
      best.set(z.subarray(k * latent, (k + 1) * latent), k * latent);
    }
    const rate = (learningRate * (1 + Math.cos((Math.PI * step) / steps))) / 2;
    const firstBias = 1 - 0.9 ** (step + 1);
    const secondBias = 1 - 0.999 ** (step + 1);
    for (let i = 0; i < members.length * latent; i++) {
      const g = slope[i] as number;
      const m = 0.9 * (first[i] as number) + 0.1 * g;
      const v = 0.999 * (second[i] as number) + 0.001 * g * g;
      first[i] = m;
      second[i] = v;
      z[i] = (z[i] as number) - (rate * (m / firstBias)) / (Math.sqrt(v / secondBias) + 1e-8);
    }
  }
  const { image } = await open.run(best, target);
  return members.map((_, k) => ({ image: row(image, k, size), latent: row(best, k, latent) }));
}

/** The `n` of `candidates` that come nearest to `target`. */
function nearest(target: Float32Array, candidates: readonly Float32Array[], n: number): number[] {
  const distances = candidates.map((candidate) => mse(candidate, target));
  return distances
    .map((_, i) => i)
    .sort((a, b) => (distances[a] as number) - (distances[b] as number))
    .slice(0, n);
}

/** One row a vector; rows without one stay zero and are not read. */
function packed(vectors: readonly Float32Array[], size: number, rows: number): Float32Array {
  const result = new Float32Array(rows * size);
  for (const [k, vector] of vectors.entries()) result.set(vector, k * size);
  return result;
}

function row(rows: Float32Array, k: number, size: number): Float32Array {
  return rows.slice(k * size, (k + 1) * size);
}
