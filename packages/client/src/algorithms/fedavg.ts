/** FedAvg: the change of the weights over some local steps of SGD (McMahan et al., 2017). */
import type { NamedTensors, Tensor } from '@leakscope/shared/tensors';
import { createSgd } from '../sgd.ts';
import type { LocalAlgorithm, LocalRound } from './local-algorithm.ts';
import { copyOf, difference } from './weights.ts';

/** Changes a step's gradient in place, given the weights it was taken at. */
export type GradientTerm = (gradient: NamedTensors, weights: NamedTensors, round: LocalRound) => void;

/** Local SGD, with a further term in every step's gradient where a variant has one. */
export function localSgd(name: string, term?: GradientTerm): LocalAlgorithm {
  return {
    name,
    async run(round) {
      const weights = copyOf(round.weights);
      const parameters: NamedTensors = new Map();
      const buffers: NamedTensors = new Map();
      const sgd = createSgd(round);
      let loss = 0;
      let correct = 0;
      let examples = 0;
      for (const [step, batch] of round.batches.entries()) {
        const result = await round.gradient(weights, batch, step);
        term?.(result.gradient, weights, round);
        sgd.step(weights, result.gradient);
        for (const name of result.gradient.keys()) parameters.set(name, weights.get(name) as Tensor);
        for (const [name, buffer] of result.buffers) {
          weights.set(name, buffer);
          buffers.set(name, buffer);
        }
        loss += result.loss / round.batches.length;
        correct += result.correct;
        examples += batch.labels.length;
      }
      return {
        update: difference(parameters, round.weights),
        buffers: difference(buffers, round.weights),
        loss,
        accuracy: correct / examples,
      };
    },
  };
}

export const fedavg: LocalAlgorithm = localSgd('fedavg');
