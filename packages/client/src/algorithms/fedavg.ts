/** FedAvg: the change of the weights over some local steps of SGD (McMahan et al., 2017). */
import { stepByStep } from '../sgd.ts';
import type { LocalAlgorithm, LocalRound, LocalSteps } from './local-algorithm.ts';
import { difference } from './weights.ts';

/** Local SGD, with the terms that `stepsOf` leaves on. */
export function localSgd(name: string, stepsOf: (round: LocalRound) => LocalSteps): LocalAlgorithm {
  return {
    name,
    async run(round) {
      const steps = stepsOf(round);
      const { parameters, buffers, loss, correct } = await (round.descend?.(steps) ?? stepByStep(round, steps));
      const examples = round.batches.reduce((sum, { labels }) => sum + labels.length, 0);
      return {
        update: difference(parameters, round.weights),
        buffers: difference(buffers, round.weights),
        loss,
        accuracy: correct / examples,
      };
    },
  };
}

export const fedavg: LocalAlgorithm = localSgd('fedavg', ({ learningRate, momentum, weightDecay }) => ({
  learningRate,
  momentum,
  weightDecay,
  proximal: 0,
}));
