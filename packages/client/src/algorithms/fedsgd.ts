/** FedSGD: the mean gradient of one batch at the round's weights (McMahan et al., 2017). */
import type { Batch, LocalAlgorithm } from './local-algorithm.ts';
import { difference } from './weights.ts';

export const fedsgd: LocalAlgorithm = {
  name: 'fedsgd',
  async run({ weights, batches, gradient }) {
    const batch = batches[0] as Batch;
    const { loss, correct, gradient: update, buffers } = await gradient(weights, batch, 0);
    return { update, buffers: difference(buffers, weights), loss, accuracy: correct / batch.labels.length };
  },
};
