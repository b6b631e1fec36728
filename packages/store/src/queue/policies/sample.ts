/** Of each round, the updates of `limit` clients, drawn by the seed. */
import { seeded } from '@leakscope/shared/random';
import { z } from 'zod';
import { definePolicy, limit } from '../policy.ts';

export const sample = definePolicy({
  name: 'sample',
  summary: '`limit` updates a round, drawn by the seed',
  params: z.object({ limit, seed: z.union([z.number(), z.string()]) }),
  admission: (params) => ({
    admits: ({ round, clientId }, cohort) =>
      // In alphabetical order, so that the draw does not depend on the order of arrival.
      seeded(params.seed, 'queue', round)
        .shuffle([...cohort].sort())
        .slice(0, params.limit)
        .includes(clientId),
  }),
});
