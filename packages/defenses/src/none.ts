/** No defence: the update is uploaded as it is. */
import { z } from 'zod';
import { defineDefense } from './defense.ts';
import { IDENTITY } from './transform.ts';

export const none = defineDefense({
  name: 'none',
  summary: 'upload the gradient as it is',
  params: z.strictObject({}),
  hook: 'update',
  apply: (update) => new Map(update),
  attackerView: () => IDENTITY,
});
