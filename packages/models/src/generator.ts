/** The contract of a generator: what an attacker searches for an image that explains a gradient. */
import type * as tf from '@leakscope/engine/tf';
import { defined, type Registered } from '@leakscope/shared/module';
import type { Random } from '@leakscope/shared/random';
import type { NamedTensors } from '@leakscope/shared/tensors';
import type { Layers } from './layers.ts';
import type { ParameterSpec } from './modules.ts';

/** One step on the way from z to images: from one map to the next. */
export interface GeneratorStage {
  /** Shape of one example's map that goes in: [latent] for the first stage, [C, H, W] for the others. */
  readonly input: readonly number[];
  /** [N, ...input] -> [N, ...input of the next stage]; the last stage gives images. */
  forward(layers: Layers, x: tf.Tensor): tf.Tensor;
}

/** A map from latents z ~ N(0, I) to images, as a pure tensor function over named weights. */
export interface Generator extends Registered {
  readonly kind: 'generator';
  /** Entries of z. */
  readonly latent: number;
  readonly outputShape: readonly [channels: number, height: number, width: number];
  readonly parameters: readonly ParameterSpec[];
  readonly buffers: readonly ParameterSpec[];
  /** z [N, latent] -> images [N, ...outputShape] in (-1, 1). */
  forward(layers: Layers, z: tf.Tensor): tf.Tensor;
  /** Its steps in order, which together are `forward`; an attack may go on in the maps between them. Absent: one step. */
  readonly stages?: readonly GeneratorStage[];
  /** Fresh parameters and buffers drawn from `random`. */
  initialise(random: Random): NamedTensors;
  /** Of a user's module, which names its weights itself: a safetensors file, relative to the module. */
  readonly weights?: string;
}

/** An architecture of generators. */
export const defineGenerator = (generator: Omit<Generator, 'kind' | 'module'>): Generator =>
  defined('generator', generator);
