/** Adaptive server update: FedAdam (Reddi et al., Adaptive Federated Optimization, 2021, algorithm 2). */
import { type NamedTensors, tensor } from '@leakscope/shared/tensors';
import { z } from 'zod';
import { defineServerOptimiser, type ServerOptimiser } from './server-optimiser.ts';

const params = z.strictObject({
  /** Decay of the first moment, in [0, 1). */
  beta1: z.number().min(0).lt(1).default(0.9),
  /** Decay of the second moment, in [0, 1). */
  beta2: z.number().min(0).lt(1).default(0.99),
  /** Adaptivity floor beside the square root, above 0; the paper's 1e-3. */
  tau: z.number().positive().default(1e-3),
});

export const adam = defineServerOptimiser({ name: 'adam', summary: 'FedAdam', params, create });

/** `m <- b1 m + (1 - b1) d; v <- b2 v + (1 - b2) d^2; w <- w + rate * m / (sqrt(v) + tau)`, without bias correction, as in the paper. */
function create({ beta1, beta2, tau }: z.output<typeof params>): ServerOptimiser {
  const moments: NamedTensors = new Map();

  function moment(slot: string, name: string, shape: readonly number[]): Float32Array {
    const key = `${slot}/${name}`;
    const kept = moments.get(key) ?? tensor(shape);
    moments.set(key, kept);
    return kept.data;
  }

  return {
    step(weights, direction, rate) {
      for (const [name, { shape, data: d }] of direction) {
        const w = weights.get(name)?.data as Float32Array;
        const m = moment('m', name, shape);
        const v = moment('v', name, shape);
        for (let i = 0; i < d.length; i++) {
          const di = d[i] as number;
          m[i] = beta1 * (m[i] as number) + (1 - beta1) * di;
          v[i] = beta2 * (v[i] as number) + (1 - beta2) * di * di;
          w[i] = (w[i] as number) + (rate * (m[i] as number)) / (Math.sqrt(v[i] as number) + tau);
        }
      }
    },
    state: () => moments,
    restore(state) {
      moments.clear();
      for (const [key, { shape, data }] of state) moments.set(key, tensor(shape, data.slice()));
    },
  };
}
