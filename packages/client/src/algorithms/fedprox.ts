/** FedProx: FedAvg whose local loss has the proximal term mu / 2 ||w - w_global||^2 (Li et al., 2020, equation 2). */
import { localSgd } from './fedavg.ts';

export const fedprox = localSgd('fedprox', (gradient, weights, round) => {
  for (const [name, { data: g }] of gradient) {
    const w = weights.get(name)?.data as Float32Array;
    const global = round.weights.get(name)?.data as Float32Array;
    for (let i = 0; i < g.length; i++) {
      g[i] = (g[i] as number) + round.proximal * ((w[i] as number) - (global[i] as number));
    }
  }
});
