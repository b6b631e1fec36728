/** The contract of a server optimiser: how the clients' aggregate becomes new weights. One file an optimiser; its memory is tensors, so a checkpoint can hold it. */
import type { Plugin } from '@leakscope/shared/plugin';
import type { NamedTensors } from '@leakscope/shared/tensors';
import type { z } from 'zod';

/** An optimiser of a run. */
export interface ServerOptimiser {
  /**
   * Moves `weights` in place along `direction`, the change that the clients propose: the aggregated weight change (FedAvg), or
   * the aggregated gradient times minus the learning rate (FedSGD). `rate` is the server's learning rate, at least 0.
   */
  step(weights: NamedTensors, direction: NamedTensors, rate: number): void;
  /** What the next round needs, by `<slot>/<parameter>`; empty where nothing is remembered. */
  state(): NamedTensors;
  /** Takes back what `state` gave. */
  restore(state: NamedTensors): void;
}

export interface ServerOptimiserKind<P = unknown> {
  /** As written in an experiment file. */
  readonly name: string;
  /** One line for the documentation. */
  readonly summary: string;
  readonly params: z.ZodType<P>;
  create(params: P): ServerOptimiser;
}

/** An optimiser's memory, and whose it is. */
export interface OptimiserState {
  readonly spec: Plugin;
  readonly tensors: NamedTensors;
}

/** Types an optimiser by its parameter schema; returns it unchanged. */
export function defineServerOptimiser<S extends z.ZodType>(
  kind: Omit<ServerOptimiserKind<z.output<S>>, 'params'> & { readonly params: S },
): ServerOptimiserKind<z.output<S>> {
  return kind as ServerOptimiserKind<z.output<S>>;
}
