/** The generators: what an attacker searches for an image that explains a gradient. */
import { LeakscopeError } from '@leakscope/shared/errors';
import { dcganGenerator } from './dcgan32.ts';
import type { Generator } from './generator.ts';
import { wganGenerator } from './wgan32.ts';

const GENERATORS = { 'ggl-wgan32': wganGenerator, dcgan32: dcganGenerator };

type GeneratorName = keyof typeof GENERATORS;

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
