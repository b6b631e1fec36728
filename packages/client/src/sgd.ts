/** Stochastic gradient descent on a client, step by step, as torch.optim.SGD does it: for gradients that a defence changes on the way. */
import type { NamedTensors, Tensor } from '@leakscope/shared/tensors';
import type { Descent, LocalRound, LocalSteps } from './algorithms/local-algorithm.ts';
import { copyOf } from './algorithms/weights.ts';

/** A round's steps, each with the gradient that the round gives. */
export async function stepByStep(
  round: Pick<LocalRound, 'weights' | 'batches' | 'gradient'>,
  steps: LocalSteps,
): Promise<Descent> {
  const weights = copyOf(round.weights);
  const parameters: NamedTensors = new Map();
  const buffers: NamedTensors = new Map();
  const sgd = createSgd(steps, round.weights);
  let loss = 0;
  let correct = 0;
  for (const [step, batch] of round.batches.entries()) {
    const result = await round.gradient(weights, batch, step);
    sgd.step(weights, result.gradient);
    for (const name of result.gradient.keys()) parameters.set(name, weights.get(name) as Tensor);
    for (const [name, buffer] of result.buffers) {
      weights.set(name, buffer);
      buffers.set(name, buffer);
    }
    loss += result.loss / round.batches.length;
    correct += result.correct;
  }
  return { parameters, buffers, loss, correct };
}

/**
 * `v <- momentum v + g + decay w + mu (w - w_round)`, `w <- w - rate v`, in place on `weights`.
 * @param round the weights that the proximal term pulls back to
 */
export function createSgd(
  { learningRate, momentum, weightDecay, proximal }: LocalSteps,
  round: NamedTensors,
): { step(weights: NamedTensors, gradient: NamedTensors): void } {
  const velocities = new Map<string, Float32Array>();
  return {
    step(weights, gradient) {
      for (const [name, { data: g }] of gradient) {
        const w = weights.get(name)?.data as Float32Array;
        const from = round.get(name)?.data as Float32Array;
        let velocity = velocities.get(name);
        if (velocity === undefined) {
          velocity = new Float32Array(g.length);
          velocities.set(name, velocity);
        }
        for (let i = 0; i < g.length; i++) {
          const wi = w[i] as number;
          const pull = proximal === 0 ? 0 : proximal * (wi - (from[i] as number));
          const v = momentum * (velocity[i] as number) + (g[i] as number) + weightDecay * wi + pull;
          velocity[i] = v;
          w[i] = wi - learningRate * v;
        }
      }
    },
  };
}
