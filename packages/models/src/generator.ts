/** The generators: what an attacker searches for an image that explains a gradient. */
import type * as tf from '@leakscope/engine/tf';
import { LeakscopeError } from '@leakscope/shared/errors';
import type { Random } from '@leakscope/shared/random';
import type { NamedTensors } from '@leakscope/shared/tensors';
import { dcganGenerator } from './dcgan32.ts';
import type { Layers } from './layers.ts';
import type { ParameterSpec } from './modules.ts';
import { wganGenerator } from './wgan32.ts';

/** A map from latents z ~ N(0, I) to images, as a pure tensor function over named weights. */
export interface Generator {
  readonly name: GeneratorName;
  /** Entries of z. */
  readonly latent: number;
  readonly outputShape: readonly [channels: number, height: number, width: number];
  readonly parameters: readonly ParameterSpec[];
  readonly buffers: readonly ParameterSpec[];
  /** z [N, latent] -> images [N, ...outputShape] in (-1, 1). */
  forward(layers: Layers, z: tf.Tensor): tf.Tensor;
  /** Fresh parameters and buffers drawn from `random`. */
  initialise(random: Random): NamedTensors;
}

const GENERATORS = { 'ggl-wgan32': wganGenerator, dcgan32: dcganGenerator };

export type GeneratorName = keyof typeof GENERATORS;

/** Every architecture that `generator()` knows. */
export const GENERATOR_NAMES = Object.keys(GENERATORS) as readonly GeneratorName[];

function isGeneratorName(arch: string): arch is GeneratorName {
  return Object.hasOwn(GENERATORS, arch);
}

/** The generator called `arch`. @throws MODEL_UNKNOWN */
export function generator(arch: string): Generator {
  if (!isGeneratorName(arch)) throw new LeakscopeError('MODEL_UNKNOWN', { value: arch, known: GENERATOR_NAMES });
  return GENERATORS[arch]();
}
