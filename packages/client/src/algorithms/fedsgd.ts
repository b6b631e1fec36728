/** FedSGD: the mean gradient of one batch at the round's weights (McMahan et al., 2017). */
import { z } from 'zod';
import { type Batch, defineLocalAlgorithm } from './local-algorithm.ts';
import { difference } from './weights.ts';

export const fedsgd = defineLocalAlgorithm({
  name: 'fedsgd',
  summary: 'the gradient of one batch',
  params: z.object({}),
  batches: 'one',
  async run({ weights, batches, gradient }) {
    const batch = batches[0] as Batch;
    const { loss, correct, gradient: update, buffers } = await gradient(weights, batch, 0);
    return { update, buffers: difference(buffers, weights), loss, accuracy: correct / batch.labels.length };
  },
});
