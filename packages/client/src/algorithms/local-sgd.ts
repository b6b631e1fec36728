/** The change of the weights over local steps of SGD: what FedAvg and FedProx upload. */
import { stepByStep } from '../sgd.ts';
import type { LocalResult, LocalRound, LocalSteps } from './local-algorithm.ts';
import { difference } from './weights.ts';

/** One step a batch; all at once where the round can. */
export async function localSgd(round: LocalRound, steps: LocalSteps): Promise<LocalResult> {
  const { parameters, buffers, loss, correct } = await (round.descend?.(steps) ?? stepByStep(round, steps));
  const examples = round.batches.reduce((sum, { labels }) => sum + labels.length, 0);
  return {
    update: difference(parameters, round.weights),
    buffers: difference(buffers, round.weights),
    loss,
    accuracy: correct / examples,
  };
}
