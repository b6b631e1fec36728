/** The critics: what a generator is trained against. */
import { LeakscopeError } from '@leakscope/shared/errors';
import type { Critic } from './critic.ts';
import { dcganDiscriminator } from './dcgan32.ts';
import { wganCritic } from './wgan32.ts';

const CRITICS = { 'ggl-wgan32': wganCritic, dcgan32: dcganDiscriminator };

/** A critic is named after the generator that it trains. */
type CriticName = keyof typeof CRITICS;

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
