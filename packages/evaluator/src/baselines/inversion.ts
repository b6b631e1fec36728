/** GAN inversion: the best that a generator can do for an image that one may look at. It is the ceiling of every attack. */

import { mse } from '../metrics/mse.ts';
import type { GeneratorSession, PriorSamples } from './generator-session.ts';
import { rowOf, rowsOf } from './rows.ts';

export interface InversionSettings {
  /** Adam steps. Default 500. */
  readonly steps?: number;
  /** Latents that are tried per image; the best one counts. Default 2. */
  readonly restarts?: number;
  /** Default 0.1, falling to 0 along half a cosine. */
  readonly learningRate?: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

export interface Inversion {
  readonly images: readonly Float32Array[];
  readonly latents: readonly Float32Array[];
  /** Mean squared error on [-1, 1]. */
  readonly mse: readonly number[];
}

/** Random latents out of which the starts are chosen. */
export const START_POOL = 96;

/** Searches a latent for each image: Adam on the squared error, from the random latents of `pool` that come nearest. */
export async function invertWith(
  session: GeneratorSession,
  images: readonly Float32Array[],
  pool: PriorSamples,
  { steps = 500, restarts = 2, learningRate = 0.1, signal, onProgress }: InversionSettings,
): Promise<Inversion> {
  const members = images.flatMap((target) =>
    nearest(target, pool.images, restarts).map((start) => ({ target, start: pool.latents[start] as Float32Array })),
  );
  const found: { image: Float32Array; latent: Float32Array }[] = [];
  for (let from = 0; from < members.length; from += session.population) {
    const chunk = members.slice(from, from + session.population);
    found.push(...(await descend(session, chunk, steps, learningRate, signal)));
    onProgress?.({ done: Math.floor(found.length / restarts), total: images.length });
  }
  const best = images.map((target, k) => {
    const tries = found.slice(k * restarts, (k + 1) * restarts).map((one) => ({ ...one, mse: mse(one.image, target) }));
    return tries.reduce((a, b) => (b.mse < a.mse ? b : a));
  });
  return {
    images: best.map(({ image }) => image),
    latents: best.map(({ latent }) => latent),
    mse: best.map((one) => one.mse),
  };
}

interface Member {
  readonly target: Float32Array;
  readonly start: Float32Array;
}

/** Adam from each member's start; what counts is the best point on the way. */
async function descend(
  session: GeneratorSession,
  members: readonly Member[],
  steps: number,
  learningRate: number,
  signal: AbortSignal | undefined,
): Promise<{ image: Float32Array; latent: Float32Array }[]> {
  const { latent, size, population } = session;
  const starts = members.map(({ start }) => start);
  const targets = members.map(({ target }) => target);
  const z = rowsOf(starts, latent, population);
  const target = rowsOf(targets, size, population);
  const first = new Float64Array(z.length);
  const second = new Float64Array(z.length);
  const least = new Float64Array(members.length).fill(Number.POSITIVE_INFINITY);
  const best = z.slice();
  for (let step = 0; step <= steps; step++) {
    signal?.throwIfAborted();
    const { error, slope } = await session.run(z, target);
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
  const { image } = await session.run(best, target);
  return members.map((_, k) => ({ image: rowOf(image, k, size), latent: rowOf(best, k, latent) }));
}

/** The `n` of `candidates` that come nearest to `target`. */
function nearest(target: Float32Array, candidates: readonly Float32Array[], n: number): number[] {
  const distances = candidates.map((candidate) => mse(candidate, target));
  return distances
    .map((_, i) => i)
    .sort((a, b) => (distances[a] as number) - (distances[b] as number))
    .slice(0, n);
}
