/** The floor of an attack through a generator: what that generator shows by chance. */
import { z } from 'zod';
import { defineFloor } from './baseline.ts';

export const prior = defineFloor({
  bound: 'floor',
  name: 'prior',
  summary: 'The expectation over random faces of the generator.',
  params: z.strictObject({
    samples: z.int().min(1).default(256).describe('random latents behind the expectation'),
  }),
  needs: ['generator'],
  async open({ generator }, { samples }, seed) {
    const { images } = await generator.sample(samples, seed);
    return () => images;
  },
});
