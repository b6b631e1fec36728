/** The median of each entry (Yin et al., "Byzantine-Robust Distributed Learning", 2018, option I): fewer than half of the clients cannot move it beyond the others' values. */
import { z } from 'zod';
import { defineAggregation } from './aggregation-rule.ts';

export const median = defineAggregation({
  name: 'median',
  summary: 'the median of each entry; clients count alike',
  params: z.strictObject({}),
  sees: 'entries',
  combine: (values) => {
    values.sort();
    const middle = values.length >> 1;
    const upper = values[middle] as number;
    return values.length % 2 === 1 ? upper : ((values[middle - 1] as number) + upper) / 2;
  },
});
