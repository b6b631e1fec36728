/** No regulariser: the distance of gradients alone. */
import { z } from 'zod';
import { defineRegulariser } from './regulariser.ts';

export const none = defineRegulariser({ name: 'none', summary: 'nothing is added', params: z.strictObject({}) });
