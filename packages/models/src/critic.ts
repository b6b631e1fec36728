/** The contract of a critic: what a generator is trained against. */
import type * as tf from '@leakscope/engine/tf';
import type { Random } from '@leakscope/shared/random';
import type { NamedTensors } from '@leakscope/shared/tensors';
import type { Layers } from './layers.ts';
import type { ParameterSpec } from './modules.ts';

/** A score of images, higher for real ones: unbounded for WGAN, a logit for DCGAN. */
export interface Critic {
  /** That of the generator that it trains. */
  readonly name: string;
  readonly inputShape: readonly [channels: number, height: number, width: number];
  readonly parameters: readonly ParameterSpec[];
  readonly buffers: readonly ParameterSpec[];
  /** Images [N, ...inputShape] in [-1, 1] -> scores [N]. */
  forward(layers: Layers, x: tf.Tensor): tf.Tensor;
  /** Fresh parameters and buffers drawn from `random`. */
  initialise(random: Random): NamedTensors;
}
