/** FedProx: FedAvg whose local loss has the proximal term mu / 2 ||w - w_global||^2 (Li et al., 2020, equation 2). */
import { localSgd } from './fedavg.ts';

export const fedprox = localSgd('fedprox', (round) => round);
