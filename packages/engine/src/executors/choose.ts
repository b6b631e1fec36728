/** Which executor runs a program, and which work here. */
import { unavailableReason } from '../tensorflow/addon.ts';
import type { ExecutorName } from './executor.ts';

/** `auto` is the fastest executor that works here; any other is taken by name. */
export type ExecutorChoice = ExecutorName | 'auto';

/** What the choice depends on. */
export interface Workload {
  /** Whether the program keeps tensors that its calls change: it trains. */
  readonly trains: boolean;
  /** Threads of one call; the machine's cores where it is not given. */
  readonly threads?: number | undefined;
}

/**
 * The executor that a choice names. `auto` gives training to TensorFlow where it is installed, whose convolutions do not mind
 * weights that change with each call, and everything else to ONNX Runtime, which packs weights that stay (docs/performance.md).
 */
export function chosen(choice: ExecutorChoice, { trains, threads }: Workload): ExecutorName {
  if (choice !== 'auto') return choice;
  return trains && unavailableReason(threads) === undefined ? 'tensorflow' : 'onnx';
}

export const EXECUTORS: readonly ExecutorName[] = ['onnx', 'tensorflow', 'eager'];

/** Why an executor does not work on this machine; undefined where it does. Asking loads TensorFlow's library where it is installed. */
export const whyUnavailable = (executor: ExecutorName): string | undefined =>
  executor === 'tensorflow' ? unavailableReason() : undefined;

/** Executors that work on this machine. */
export const availableExecutors = (): readonly ExecutorName[] =>
  EXECUTORS.filter((executor) => whyUnavailable(executor) === undefined);
