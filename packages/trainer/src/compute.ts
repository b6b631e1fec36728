/** Where the tensor programs of a training run. */
import type { ExecutorChoice } from '@leakscope/engine';

export interface Compute {
  /** Default `auto`. */
  readonly executor?: ExecutorChoice;
  /** Default: every core. */
  readonly threads?: number;
}

/** The compute part of larger options. */
export function computeOf({ executor, threads }: Compute): Compute {
  return { ...(executor !== undefined && { executor }), ...(threads !== undefined && { threads }) };
}
