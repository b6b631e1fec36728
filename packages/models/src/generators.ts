/** Every architecture of generators by name, and those of users' own modules. */
import { LeakscopeError } from '@leakscope/shared/errors';
import { registry } from '@leakscope/shared/module';
import { generatorContract } from './contract.ts';
import { dcganGenerator } from './dcgan32.ts';
import type { Generator } from './generator.ts';
import { wganGenerator } from './wgan32.ts';

/** In the order of the docs. */
export const GENERATORS = registry<Generator>({
  kind: 'generator',
  builtIn: [wganGenerator(), dcganGenerator()],
  contract: generatorContract,
  kit: async () => (await import('./kit.ts')).kit,
  unknown: (details) => new LeakscopeError('MODEL_UNKNOWN', details),
});

/** The built-in generator called `arch`. @throws MODEL_UNKNOWN */
export const generator = (arch: string): Generator => GENERATORS.get(arch);
