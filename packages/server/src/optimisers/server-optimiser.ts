/** How the server turns the clients' mean update into new weights. One file a strategy; state is tensors, so a checkpoint can hold it. */
import type { NamedTensors } from '@leakscope/shared/tensors';

export interface ServerOptimiser {
  readonly name: string;
  /**
   * Moves `weights` in place along `direction`, the change that the clients propose: the mean weight delta (FedAvg), or the mean
   * gradient times minus the learning rate (FedSGD). `rate` is the server's learning rate, at least 0.
   */
  step(weights: NamedTensors, direction: NamedTensors, rate: number): void;
  /** What the next round needs, by `<slot>/<parameter>`; empty where the strategy keeps nothing. */
  state(): NamedTensors;
  /** Takes back what `state` gave. */
  restore(state: NamedTensors): void;
}
