/**
 * Inverting Gradients (Geiping et al., NeurIPS 2020): pixels whose gradient points the same way, smoothed by total variation. Adam goes by the
 * sign of the gradient, and after each step the pixels are put back into their range.
 */
import { z } from 'zod';
import { defineAttack } from '../../contract/attack.ts';
import { using } from '../../contract/part.ts';
import { cosine } from '../../matching/objectives/cosine.ts';
import { tv } from '../../matching/regularisers/tv.ts';
import { adam } from '../../search/optimisers/adam.ts';
import { steps } from '../../search/optimisers/optimiser.ts';
import { box, within } from '../../search/within.ts';
import { readSubject } from '../case.ts';
import { type OneSearch, runSearch } from '../one-search.ts';
import { pixelFindings, pixelParameters } from '../pixels/pixels.ts';

export const ig = defineAttack({
  name: 'ig',
  summary: 'search pixels by the angle between gradients and total variation',
  params: z.strictObject({
    steps: steps.default(8000),
    learningRate: z.number().positive().default(0.1),
    /** Of the total variation. */
    tvWeight: z.number().nonnegative().default(1e-4),
    ...pixelParameters,
  }),
  requires: {},
  async reconstruct(input, { steps, learningRate, tvWeight, restarts, matching, seed }, context) {
    const one = readSubject('ig', input);
    const options: OneSearch = {
      attack: 'ig',
      space: { of: 'pixels', labels: 'given' },
      starts: restarts,
      objective: using(cosine),
      regularisers: [using(tv, { regulariserWeight: tvWeight })],
      optimiser: using(adam, { steps, learningRate, signed: true }),
      seed,
      form: matching,
      keep: (optimiser) => within(optimiser, box(-1, 1)),
    };
    const found = await runSearch(one, options, context);
    return pixelFindings(one, options, found, context);
  },
});
