/** Plain server update: `w <- w + rate * direction`, which is FedSGD and FedAvg (McMahan et al., 2017) at rate 1. */
import { z } from 'zod';
import { defineServerOptimiser } from './server-optimiser.ts';

export const sgd = defineServerOptimiser({
  name: 'sgd',
  summary: 'plain steps',
  params: z.strictObject({}),
  create: () => ({
    step(weights, direction, rate) {
      for (const [name, { data: d }] of direction) {
        const w = weights.get(name)?.data as Float32Array;
        for (let i = 0; i < d.length; i++) w[i] = (w[i] as number) + rate * (d[i] as number);
      }
    },
    state: () => new Map(),
    restore() {},
  }),
});
