/** The ceiling of an attack through a generator: the closest face that the generator can show. */
import { digestBytes, littleEndianBytes } from '@leakscope/shared/tensors';
import { z } from 'zod';
import { defineCeiling } from './baseline.ts';
import { invertWith, START_POOL } from './inversion.ts';

export const ganInversion = defineCeiling({
  bound: 'ceiling',
  name: 'gan-inversion',
  summary: 'GAN inversion of the true image: Adam on the latent from the nearest random starts.',
  params: z.strictObject({
    steps: z.int().min(1).default(500).describe('Adam steps'),
    starts: z.int().min(1).default(START_POOL).describe('random latents out of which the starts are chosen'),
  }),
  needs: ['generator'],
  async open({ generator }, { steps, starts }, seed) {
    const pool = await generator.sample(starts, seed);
    const known = new Map<string, Float32Array>();
    return async (truth, signal) => {
      const key = digestBytes(littleEndianBytes(truth));
      const before = known.get(key);
      if (before !== undefined) return before;
      // One image a call, and so many starts as the session takes latents: an image's ceiling does not depend on which others there are.
      const restarts = generator.population;
      const { images } = await invertWith(generator, [truth], pool, { steps, restarts, signal });
      const best = images[0] as Float32Array;
      known.set(key, best);
      return best;
    };
  },
});
