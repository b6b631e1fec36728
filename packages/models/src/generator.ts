/** The contract of a generator: what an attacker searches for an image that explains a gradient. */
import type * as tf from '@leakscope/engine/tf';
import { defined, type Registered } from '@leakscope/shared/module';
import type { Random } from '@leakscope/shared/random';
import type { NamedTensors } from '@leakscope/shared/tensors';
import type { Layers } from './layers.ts';
import type { ParameterSpec } from './modules.ts';

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
  /** Fresh parameters and buffers drawn from `random`. */
  initialise(random: Random): NamedTensors;
  /** Of a user's module, which names its weights itself: a safetensors file, relative to the module. */
  readonly weights?: string;
}

/** An architecture of generators. */
export const defineGenerator = (generator: Omit<Generator, 'kind' | 'module'>): Generator =>
  defined('generator', generator);
