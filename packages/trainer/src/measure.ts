/** How good a generator is for an attack: what it can show, what it shows unasked, and whether it remembers faces. */
import { readFile } from 'node:fs/promises';
import type { DataPlan } from '@leakscope/data';
import { FRECHET_SPACE, frechetDistance, frechetFeatures, invertImages, samplePrior } from '@leakscope/evaluator';
import { mse } from '@leakscope/evaluator/metrics';
import { loadGenerator } from '@leakscope/models';
import { digestBytes } from '@leakscope/shared/tensors';
import { type Compute, computeOf } from './compute.ts';
import { type Faces, loadFaces } from './faces.ts';
import { nearestDistances, pairwiseDistance, quantile } from './neighbours.ts';

export interface MeasureOptions extends Compute {
  /** A generator's safetensors file. */
  readonly generator: string;
  /** What it was trained on: `public` faces it has seen, `evaluation` faces it has not. */
  readonly data: DataPlan;
  /** Held-out faces that are inverted. Default 100. */
  readonly faces?: number;
  /** Adam steps of an inversion. Default 500. */
  readonly steps?: number;
  /** Images on each side of the Fréchet distance. Default 2,000, fewer where there are fewer faces. */
  readonly samples?: number;
  readonly seed?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { phase: string; done: number; total: number }) => void;
}

/** Every distance between images is a mean squared error on [-1, 1], as in the paper's tables. */
export interface GeneratorQuality {
  readonly arch: string;
  /** Of the file's bytes. */
  readonly digest: string;
  /** What the file says of its training. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly data: { readonly name: string; readonly digest: string };
  readonly seed: number;
  /** `floor`: the same between two disjoint sets of real faces of that size. */
  readonly frechet: { readonly space: string; readonly images: number; readonly value: number; readonly floor: number };
  /** The nearest image that the generator has for a face it has not seen. */
  readonly inversion: {
    readonly faces: number;
    readonly steps: number;
    readonly mean: number;
    readonly deviation: number;
    readonly worst: number;
  };
  /** Random samples against held-out faces: what an attack reaches that has learnt nothing. */
  readonly prior: { readonly pairs: number; readonly mean: number };
  /** Mean over pairs of different images. */
  readonly diversity: { readonly samples: number; readonly faces: number };
  /**
   * Distance to the nearest training face: medians for samples and for held-out faces, and the share of samples that lie
   * nearer than 99 % of the held-out faces do (about .01 for a generator that remembers nothing).
   */
  readonly memorisation: { readonly samples: number; readonly heldOut: number; readonly suspicious: number };
}

/** Measures a generator. @throws DATA_, MODEL_ and TENSORS_ errors */
export async function measureGenerator(options: MeasureOptions): Promise<GeneratorQuality> {
  const { seed = 1, signal, onProgress } = options;
  const compute = computeOf(options);
  const { generator, weights, metadata } = await loadGenerator(options.generator);
  const dataset = await options.data.open();
  try {
    const side = generator.outputShape[1];
    const phase = (name: string, done: number, total: number) => onProgress?.({ phase: name, done, total });
    phase('reading faces', 0, 1);
    const known = await loadFaces(dataset, dataset.partition('public'), { side, signal });
    const heldOut = await loadFaces(dataset, dataset.partition('evaluation'), { side, signal });
    const images = Math.min(options.samples ?? 2000, Math.floor(known.count / 2));
    const { images: samples } = await samplePrior({ generator, weights, samples: images, seed, ...compute });

    phase('frechet distance', 0, 3);
    const space = async (of: readonly Float32Array[]) => frechetFeatures(of, compute);
    const real = await space(range(known, 0, images));
    const frechet = {
      space: FRECHET_SPACE,
      images,
      value: frechetDistance(await space(samples), real),
      floor: frechetDistance(await space(range(known, images, 2 * images)), real),
    };

    const steps = options.steps ?? 500;
    const targets = range(heldOut, 0, Math.min(options.faces ?? 100, heldOut.count));
    const { mse: errors } = await invertImages({
      generator,
      weights,
      images: targets,
      steps,
      restarts: 1,
      seed,
      ...compute,
      ...(signal && { signal }),
      onProgress: ({ done, total }) => phase('inversion', done, total),
    });
    const mean = average(errors);

    signal?.throwIfAborted();
    phase('nearest training faces', 0, 1);
    const few = Math.min(250, images, heldOut.count);
    const faces = range(heldOut, 0, few);
    const heldOutDistances = nearestDistances(faces, known);
    const sampleDistances = nearestDistances(samples.slice(0, few), known);
    const near = quantile(heldOutDistances, 0.01);

    return {
      arch: generator.name,
      digest: digestBytes(await readFile(options.generator)),
      metadata,
      data: { name: dataset.name, digest: await dataset.digest() },
      seed,
      frechet,
      inversion: {
        faces: targets.length,
        steps,
        mean,
        deviation: Math.sqrt(average(errors.map((error) => (error - mean) ** 2))),
        worst: Math.max(...errors),
      },
      prior: { pairs: few, mean: average(faces.map((face, i) => mse(samples[i] as Float32Array, face))) },
      diversity: { samples: pairwiseDistance(samples), faces: pairwiseDistance(range(heldOut, 0, heldOut.count)) },
      memorisation: {
        samples: quantile(sampleDistances, 0.5),
        heldOut: quantile(heldOutDistances, 0.5),
        suspicious: sampleDistances.filter((distance) => distance < near).length / few,
      },
    };
  } finally {
    await dataset.close();
  }
}

function range(faces: Faces, from: number, to: number): Float32Array[] {
  return Array.from({ length: to - from }, (_, i) => faces.batch([from + i]));
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
