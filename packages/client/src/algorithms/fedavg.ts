/** FedAvg: the change of the weights over some local steps of SGD (McMahan et al., 2017). */
import { defineLocalAlgorithm, sgdParams } from './local-algorithm.ts';
import { localSgd } from './local-sgd.ts';

export const fedavg = defineLocalAlgorithm({
  name: 'fedavg',
  summary: 'the change of the weights over local steps',
  params: sgdParams,
  batches: 'one a step',
  run: (round, params) => localSgd(round, { ...params, proximal: 0 }),
});
