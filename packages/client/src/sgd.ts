/** Stochastic gradient descent on a client, as torch.optim.SGD does it. */
import type { NamedTensors } from '@leakscope/shared/tensors';

export interface SgdOptions {
  /** At least 0. */
  learningRate: number;
  /** In [0, 1). */
  momentum: number;
  /** L2 penalty, added to the gradient; at least 0. */
  weightDecay: number;
}

/** `velocity <- momentum * velocity + gradient + decay * w; w <- w - rate * velocity`, in place on `weights`. */
export function createSgd({ learningRate, momentum, weightDecay }: SgdOptions): {
  step(weights: NamedTensors, gradient: NamedTensors): void;
} {
  const velocities = new Map<string, Float32Array>();
  return {
    step(weights, gradient) {
      for (const [name, { data: g }] of gradient) {
        const w = weights.get(name)?.data as Float32Array;
        let velocity = velocities.get(name);
        if (velocity === undefined) {
          velocity = new Float32Array(g.length);
          velocities.set(name, velocity);
        }
        for (let i = 0; i < g.length; i++) {
          const wi = w[i] as number;
          const v = momentum * (velocity[i] as number) + (g[i] as number) + weightDecay * wi;
          velocity[i] = v;
          w[i] = wi - learningRate * v;
        }
      }
    },
  };
}
