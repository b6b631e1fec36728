/** The mean of each entry without its largest and smallest values (Yin et al., "Byzantine-Robust Distributed Learning", 2018, option II). */
import { z } from 'zod';
import { defineAggregation } from './aggregation-rule.ts';

export const trimmedMean = defineAggregation({
  name: 'trimmed-mean',
  summary: 'the mean of each entry without the largest and the smallest `fraction` of its values; clients count alike',
  params: z.strictObject({
    /** Share of the clients that is left out at either end, rounded down: at least that of hostile clients; in [0, 1/2). */
    fraction: z.number().min(0).lt(0.5).default(0.1),
  }),
  sees: 'entries',
  combine: (values, { fraction }) => {
    const cut = Math.floor(fraction * values.length);
    values.sort();
    let sum = 0;
    for (let i = cut; i < values.length - cut; i++) sum += values[i] as number;
    return sum / (values.length - 2 * cut);
  },
});
