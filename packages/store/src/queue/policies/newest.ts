/** The newest updates: where more than `limit` jobs wait, the oldest give way. */
import { z } from 'zod';
import { definePolicy, limit } from '../policy.ts';

export const newest = definePolicy({
  name: 'newest',
  summary: 'the newest `limit` that wait',
  params: z.object({ limit }),
  admission: (params) => ({ admits: () => true, mostWaiting: params.limit }),
});
