/** Every defence by name, and those of users' own modules. */
import { LeakscopeError } from '@leakscope/shared/errors';
import { registry } from '@leakscope/shared/module';
import { clip } from './clip.ts';
import { contract } from './contract.ts';
import type { Defense } from './defense.ts';
import { dp, dpClient } from './dp.ts';
import { noise } from './noise.ts';
import { none } from './none.ts';
import { soteria } from './soteria.ts';
import { sparsify } from './sparsify.ts';

/** In the order of the docs. */
export const DEFENSES = registry<Defense>({
  kind: 'defence',
  builtIn: [none, noise, clip, sparsify, soteria, dp, dpClient],
  contract,
  // tfjs takes a while to load, and only a user's module may need it here.
  kit: async () => (await import('./kit.ts')).kit,
  unknown: (details) => new LeakscopeError('DEFENSE_UNKNOWN', details),
});
