/** What the server, and so the attacker, sees of one client in one round. */
import type { Classifier } from '@leakscope/models';
import { type Training, UPLOADS } from '@leakscope/shared/config';
import { LeakscopeError } from '@leakscope/shared/errors';
import type { NamedTensors } from '@leakscope/shared/tensors';

/** How a client took its local steps; public, since the server tells the clients. */
export interface LocalTraining {
  readonly steps: number;
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
  /** Weight of FedProx's proximal term; 0 with FedAvg. */
  readonly proximal: number;
}

export interface InterceptedUpdate {
  /** y: what arrived, after the client's defence. By parameter name; in train mode also changes of running statistics. */
  readonly update: NamedTensors;
  /** theta(t), the weights that the client started from: parameters and buffers. */
  readonly weights: NamedTensors;
  /** What the client trained; the server chose it. */
  readonly model: Classifier;
  /** Examples behind the update. */
  readonly batchSize: number;
  readonly round: number;
  /** The client's local algorithm; `UPLOADS` says whether y is a gradient or a change of the weights. */
  readonly algorithm: Training['algorithm'];
  /** Required where y is a change of the weights. */
  readonly local?: LocalTraining;
  /** Whether the client's batch norms used running statistics (`frozen`, the default) or the batch's own. */
  readonly batchNorm?: 'frozen' | 'train';
}

/** The factor that turns an update into a gradient, and whether the result is exact. */
interface GradientScale {
  readonly factor: number;
  /** True only for one plain step: further steps, momentum, weight decay and a proximal term add to the gradient. */
  readonly exact: boolean;
}

/** 1 for a gradient; the change of one plain step is -learningRate times the gradient. @throws ATTACK_REFUSED */
export function gradientScale(attack: string, { algorithm, local }: InterceptedUpdate): GradientScale {
  if (UPLOADS[algorithm] === 'gradient') return { factor: 1, exact: true };
  if (local === undefined || !(local.learningRate > 0) || !(local.steps > 0)) {
    const reason = 'a change of weights is a gradient only to who knows the local learning rate and steps';
    throw new LeakscopeError('ATTACK_REFUSED', { attack, reason });
  }
  return {
    factor: -1 / (local.learningRate * local.steps),
    exact: local.steps === 1 && local.momentum === 0 && local.weightDecay === 0 && local.proximal === 0,
  };
}
