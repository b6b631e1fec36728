/** Every regulariser by name, and those of users' own modules. */
import { LeakscopeError } from '@leakscope/shared/errors';
import { registry } from '@leakscope/shared/module';
import { regulariserContract } from '../../module/contract.ts';
import { gaussian } from './gaussian.ts';
import { imageNorm } from './image-norm.ts';
import { kld } from './kld.ts';
import { none } from './none.ts';
import { norm } from './norm.ts';
import { normStatistics } from './norm-statistics.ts';
import type { Regulariser } from './regulariser.ts';
import { tv } from './tv.ts';

/** In the order of the docs. */
export const REGULARISERS = registry<Regulariser>({
  kind: 'regulariser',
  builtIn: [kld, gaussian, norm, tv, imageNorm, normStatistics, none],
  contract: regulariserContract,
  kit: async () => (await import('../../module/kit.ts')).kit,
  unknown: (details) => new LeakscopeError('ATTACK_PART_UNKNOWN', { kind: 'regulariser', ...details }),
});
