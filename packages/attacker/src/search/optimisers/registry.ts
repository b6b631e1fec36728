/** Every optimiser by name, and those of users' own modules. */
import { LeakscopeError } from '@leakscope/shared/errors';
import { registry } from '@leakscope/shared/module';
import { optimiserContract } from '../../module/contract.ts';
import { adam } from './adam.ts';
import { cmaEs } from './cma-es.ts';
import { hybrid } from './hybrid.ts';
import { lBfgs } from './l-bfgs.ts';
import type { Optimiser } from './optimiser.ts';
import { turbo } from './turbo.ts';

/** In the order of the docs. */
export const OPTIMISERS = registry<Optimiser>({
  kind: 'optimiser',
  builtIn: [adam, lBfgs, cmaEs, turbo, hybrid],
  contract: optimiserContract,
  kit: async () => (await import('../../module/kit.ts')).kit,
  unknown: (details) => new LeakscopeError('ATTACK_PART_UNKNOWN', { kind: 'optimiser', ...details }),
});
