/**
 * GradInversion (Yin et al., CVPR 2021): pixels by the squared distance of gradients, with total variation, small pixels, batch norms that see
 * what they saw in training, and several seeds that agree with each other.
 */
import { z } from 'zod';
import { defineAttack } from '../../contract/attack.ts';
import { using } from '../../contract/part.ts';
import { l2 } from '../../matching/objectives/l2.ts';
import { imageNorm } from '../../matching/regularisers/image-norm.ts';
import { normStatistics } from '../../matching/regularisers/norm-statistics.ts';
import { tv } from '../../matching/regularisers/tv.ts';
import { adam } from '../../search/optimisers/adam.ts';
import { steps } from '../../search/optimisers/optimiser.ts';
import { box, within } from '../../search/within.ts';
import { readSubject } from '../case.ts';
import { type OneSearch, runSearch } from '../one-search.ts';
import { pixelFindings, pixelParameters } from '../pixels/pixels.ts';
import { groupConsistency } from './consistency.ts';

const weight = z.number().nonnegative();

export const gi = defineAttack({
  name: 'gi',
  summary: 'search pixels with batch-norm statistics as a prior, several seeds towards their mean',
  params: z.strictObject({
    steps: steps.default(8000),
    learningRate: z.number().positive().default(0.1),
    /** Of the squared distance of gradients; what the other weights count against. */
    gradientWeight: z.number().positive().default(1e-4),
    tvWeight: weight.default(1e-4),
    /** Of the mean square of the pixels. */
    normWeight: weight.default(1e-6),
    /** Of the batch norms' statistics. */
    statisticsWeight: weight.default(0.1),
    /** Of the distance from the mean of all seeds. */
    groupWeight: weight.default(0.01),
    /** Pixels by which an image may be moved before the mean is taken. */
    groupShift: z.int().min(0).max(16).default(1),
    /** Steps between two means. */
    groupEvery: z.int().min(1).default(100),
    ...pixelParameters,
  }),
  requires: {},
  async reconstruct(input, params, context) {
    const { gradientWeight, restarts } = params;
    const one = readSubject('gi', input);
    const weighted = (own: number) => ({ regulariserWeight: own / gradientWeight });
    const options: OneSearch = {
      attack: 'gi',
      space: { of: 'pixels', labels: 'given' },
      starts: restarts,
      objective: using(l2),
      regularisers: [
        using(tv, weighted(params.tvWeight)),
        using(imageNorm, weighted(params.normWeight)),
        // It costs a forward pass more, whatever it weighs.
        ...(params.statisticsWeight > 0 ? [using(normStatistics, weighted(params.statisticsWeight))] : []),
      ],
      optimiser: using(adam, {
        steps: params.steps,
        learningRate: params.learningRate,
        signed: false,
        schedule: 'smooth',
      }),
      seed: params.seed,
      form: params.matching,
      keep: (optimiser) => within(optimiser, box(-1, 1)),
      adjust: groupConsistency({
        seeds: restarts,
        shape: one.model.inputShape,
        weight: params.groupWeight / gradientWeight,
        shift: params.groupShift,
        every: params.groupEvery,
      }),
    };
    const found = await runSearch(one, options, context);
    return pixelFindings(one, options, found, context);
  },
});
