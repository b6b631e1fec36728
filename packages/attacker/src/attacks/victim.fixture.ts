/** A small victim for tests: LeNet on 32x32, an image that the test's own generator can make, and its gradient. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { classifier, generator, type LoadedGenerator, loadGenerator, saveWeights } from '@leakscope/models';
import { seeded } from '@leakscope/shared/random';
import type { NamedTensors } from '@leakscope/shared/tensors';
import { computeGradient } from '../matching/client-gradient.ts';
import { generate } from '../prior/generate.ts';

export interface Victim {
  readonly arch: 'lenet';
  readonly classes: number;
  readonly resolution: 32;
  readonly weights: NamedTensors;
  /** Path of an untrained generator's weights. */
  readonly generatorFile: string;
  readonly prior: LoadedGenerator;
  readonly image: Float32Array;
  readonly label: number;
  readonly gradient: NamedTensors;
  /** The gradient of any batch at the same weights. */
  gradientOf(images: readonly Float32Array[], labels: readonly number[]): Promise<NamedTensors>;
  remove(): void;
}

export const model = classifier('lenet', { classes: 4, resolution: 32 });

export async function makeVictim(label = 3): Promise<Victim> {
  const folder = mkdtempSync(join(tmpdir(), 'leakscope-victim-'));
  const generatorFile = join(folder, 'generator.safetensors');
  const architecture = generator('ggl-wgan32');
  await saveWeights(generatorFile, architecture, vivid(architecture.initialise(seeded('victim', 'generator'))));
  const prior = await loadGenerator(generatorFile);
  const weights = model.initialise(seeded('victim', 'theta'));
  const [image] = (await generate(prior, seeded('victim', 'z').normals(128))) as [Float32Array];
  const gradientOf = async (images: readonly Float32Array[], labels: readonly number[]) =>
    (await computeGradient({ model, weights, images, labels })).gradient;
  return {
    arch: 'lenet',
    classes: 4,
    resolution: 32,
    weights,
    generatorFile,
    prior,
    image,
    label,
    gradient: await gradientOf([image], [label]),
    gradientOf,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Weights so large that different latents give clearly different images. */
function vivid(weights: NamedTensors): NamedTensors {
  for (const [name, { data, shape }] of weights) {
    if (shape.length < 2) continue;
    const scale = name.startsWith('fc') ? 3 : 2;
    for (let i = 0; i < data.length; i++) data[i] = scale * (data[i] as number);
  }
  return weights;
}
