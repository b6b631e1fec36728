/** Norm bounding: updates longer than `bound` are scaled down to it, then averaged by examples (Sun et al., "Can You Really Backdoor Federated Learning?", 2019). */
import { globalNorm } from '@leakscope/shared/tensors';
import { z } from 'zod';
import { defineAggregation } from './aggregation-rule.ts';
import { WeightedSum } from './weighted-mean.ts';

export const normBound = defineAggregation({
  name: 'norm-bound',
  summary: 'the weighted mean of updates scaled down to an L2 norm of at most `bound`',
  params: z.strictObject({
    /** Largest L2 norm, over all tensors of an update, that counts in full. */
    bound: z.number().finite().positive(),
  }),
  sees: 'updates',
  start: ({ bound }) => {
    const sum = new WeightedSum();
    return {
      add: (update, weight) => {
        const norm = globalNorm(update);
        sum.add(update, weight, norm > bound ? bound / norm : 1);
      },
      result: () => sum.result(),
    };
  },
});
