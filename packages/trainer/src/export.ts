/** From a training's state to a generator that others can use: finished weights, a file, a look at its samples. */
import { samplePrior } from '@leakscope/evaluator';
import { saveWeights } from '@leakscope/models';
import type { NamedTensors } from '@leakscope/shared/tensors';
import { calibrate } from './calibrate.ts';
import type { Compute } from './compute.ts';
import type { Faces } from './faces.ts';
import { writeGrid } from './grid.ts';
import type { Plan } from './plan.ts';
import { generatorWeights } from './training-program.ts';

/** Parameters as the recipe finishes them, and running statistics measured for these parameters. */
export async function finishedWeights(
  { recipe, generator, batch, seed }: Plan,
  state: NamedTensors,
  faces: Faces,
  compute: Compute,
): Promise<NamedTensors> {
  const trained = generatorWeights(generator, state);
  const finished = recipe.finish?.({ generator, weights: trained, state, faces, batch, seed, compute });
  return calibrate(generator, (await finished) ?? trained, seed, compute);
}

/** Where the training images came from, and how long they were looked at. */
interface Provenance {
  readonly data: string;
  readonly dataDigest: string;
  readonly images: number;
  readonly steps: number;
}

/** Writes fp16 safetensors whose metadata say how to train the same again. */
export async function exportGenerator(
  path: string,
  { recipe, generator, epochs, batch, learningRate, seed }: Plan,
  weights: NamedTensors,
  provenance: Provenance,
): Promise<void> {
  const settings = { recipe: recipe.name, epochs, batch, learningRate, seed, ...provenance };
  const metadata = Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, String(value)]));
  await saveWeights(path, generator, weights, { dtype: 'F16', metadata });
}

/** 64 samples of z ~ N(0, I), always of the same latents for one seed. */
export async function writeSamples(
  path: string,
  { generator, seed }: Plan,
  weights: NamedTensors,
  compute: Compute,
): Promise<void> {
  const { images } = await samplePrior({ generator, weights, samples: 64, seed, ...compute });
  await writeGrid(path, images, { side: generator.outputShape[1], columns: 8 });
}
