/** Every objective by name, and those of users' own modules. */
import { LeakscopeError } from '@leakscope/shared/errors';
import { registry } from '@leakscope/shared/module';
import { objectiveContract } from '../../module/contract.ts';
import { cosine } from './cosine.ts';
import { l2 } from './l2.ts';
import { layerCosine } from './layer-cosine.ts';
import { layerL2 } from './layer-l2.ts';
import type { Objective } from './objective.ts';
import { squaredCosine } from './squared-cosine.ts';

/** In the order of the docs. */
export const OBJECTIVES = registry<Objective>({
  kind: 'objective',
  builtIn: [l2, cosine, squaredCosine, layerL2, layerCosine],
  contract: objectiveContract,
  kit: async () => (await import('../../module/kit.ts')).kit,
  unknown: (details) => new LeakscopeError('ATTACK_PART_UNKNOWN', { kind: 'objective', ...details }),
});
