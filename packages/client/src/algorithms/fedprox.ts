/** FedProx: FedAvg whose local loss has the proximal term mu / 2 ||w - w_global||^2 (Li et al., 2020, equation 2). */
import { defineLocalAlgorithm, proximalParams } from './local-algorithm.ts';
import { localSgd } from './local-sgd.ts';

export const fedprox = defineLocalAlgorithm({
  name: 'fedprox',
  summary: 'the same with a proximal term in every local gradient',
  params: proximalParams,
  batches: 'one a step',
  run: localSgd,
});
