/** The floor of an attacker without a generator: what faces of a label have in common. */
import { z } from 'zod';
import { defineFloor } from './baseline.ts';

export const meanFace = defineFloor({
  bound: 'floor',
  name: 'mean-face',
  summary: 'The mean of public faces of the same label.',
  params: z.strictObject({}),
  needs: ['faces'],
  open:
    async ({ faces }) =>
    (label) => [faces.meanFace(label)],
});
