/** The critics: what a generator is trained against. */
import type * as tf from '@leakscope/engine/tf';
import { LeakscopeError } from '@leakscope/shared/errors';
import type { Random } from '@leakscope/shared/random';
import type { NamedTensors } from '@leakscope/shared/tensors';
import { dcganDiscriminator } from './dcgan32.ts';
import type { Layers } from './layers.ts';
import type { ParameterSpec } from './modules.ts';
import { wganCritic } from './wgan32.ts';

/** A score of images, higher for real ones: unbounded for WGAN, a logit for DCGAN. */
export interface Critic {
  readonly name: CriticName;
  readonly inputShape: readonly [channels: number, height: number, width: number];
  readonly parameters: readonly ParameterSpec[];
  readonly buffers: readonly ParameterSpec[];
  /** Images [N, ...inputShape] in [-1, 1] -> scores [N]. */
  forward(layers: Layers, x: tf.Tensor): tf.Tensor;
  /** Fresh parameters and buffers drawn from `random`. */
  initialise(random: Random): NamedTensors;
}

const CRITICS = { 'ggl-wgan32': wganCritic, dcgan32: dcganDiscriminator };

/** A critic is named after the generator that it trains. */
export type CriticName = keyof typeof CRITICS;

/** Every architecture that `critic()` knows. */
export const CRITIC_NAMES = Object.keys(CRITICS) as readonly CriticName[];

function isCriticName(arch: string): arch is CriticName {
  return Object.hasOwn(CRITICS, arch);
}

/** The critic that trains the generator called `arch`. @throws MODEL_UNKNOWN */
export function critic(arch: string): Critic {
  if (!isCriticName(arch)) throw new LeakscopeError('MODEL_UNKNOWN', { value: arch, known: CRITIC_NAMES });
  return CRITICS[arch]();
}
