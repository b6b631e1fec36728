/** What the server, and so the attacker, sees of one client in one round. */
import { LeakscopeError } from '@leakscope/shared/errors';
import type { NamedTensors } from '@leakscope/shared/tensors';

/** How a federated-averaging client trained; public, since the server tells the clients. */
export interface LocalTraining {
  readonly steps: number;
  readonly learningRate: number;
  readonly momentum: number;
}

export interface InterceptedUpdate {
  /** y: what arrived, after the client's defence. By parameter name; in train mode also changes of running statistics. */
  readonly update: NamedTensors;
  /** theta(t), the weights that the client started from: parameters and buffers. */
  readonly weights: NamedTensors;
  readonly arch: string;
  readonly classes: number;
  /** Side of the model's input in pixels; the architecture's own where absent. */
  readonly resolution?: number;
  /** Examples behind the update. */
  readonly batchSize: number;
  readonly round: number;
  /** `fedsgd`: y is a gradient; `fedavg`: y is a change of weights. */
  readonly algorithm: 'fedsgd' | 'fedavg';
  /** Required for `fedavg`. */
  readonly local?: LocalTraining;
  /** Whether the client's batch norms used running statistics (`frozen`, the default) or the batch's own. */
  readonly batchNorm?: 'frozen' | 'train';
}

/** The factor that turns an update into a gradient, and whether the result is exact. */
export interface GradientScale {
  readonly factor: number;
  /** False where several steps or momentum make it the mean of gradients at other weights. */
  readonly exact: boolean;
}

/** 1 for FedSGD; for FedAvg the change of one plain step is -learningRate times the gradient. @throws ATTACK_REFUSED */
export function gradientScale(attack: string, { algorithm, local }: InterceptedUpdate): GradientScale {
  if (algorithm === 'fedsgd') return { factor: 1, exact: true };
  if (local === undefined || !(local.learningRate > 0) || !(local.steps > 0)) {
    const reason = 'a FedAvg update is a gradient only to who knows the local learning rate and steps';
    throw new LeakscopeError('ATTACK_REFUSED', { attack, reason });
  }
  return {
    factor: -1 / (local.learningRate * local.steps),
    exact: local.steps === 1 && local.momentum === 0,
  };
}
