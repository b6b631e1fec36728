/** The clients: who they are, how they defend, and how much of them is audited. */
import { z } from 'zod';
import { pluginSchema } from '../plugin.ts';

export const CLIENT_ID = /^[A-Za-z0-9][\w.-]{0,63}$/;

const id = z.string().regex(CLIENT_ID, 'expected letters, digits, . _ - and at most 64 of them');

export const clientSchema = z.strictObject({
  id: id.describe('stable name of the client, in records, reports and on the wire; unique'),
  defense: z
    .array(pluginSchema)
    .min(1)
    .describe(
      'the defence, as text (`clip:bound=4+noise:sigma=0.1`), as { name, params }, or a list of these in order',
    ),
  auditVictims: z
    .union([z.literal('all'), z.int().min(0)])
    .default('all')
    .describe('how many of its updates are attacked in each audited stage: the first ones, or all'),
  swapWith: id
    .optional()
    .describe(
      "control: the attacker gets this client's update in place of the own one, so the attack must show no leak",
    ),
});

export type ClientConfig = z.output<typeof clientSchema>;
