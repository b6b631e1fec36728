/** Every update is attacked. */
import { z } from 'zod';
import { definePolicy } from '../policy.ts';

export const keepAll = definePolicy({
  name: 'keep-all',
  summary: 'all updates',
  params: z.object({}),
  admission: () => ({ admits: () => true }),
});
