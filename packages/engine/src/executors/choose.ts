/** Which executor runs a program, and which work here. */
import { unavailableReason } from '../tensorflow/addon.ts';
import type { ExecutorName } from './executor.ts';

/** `auto` is the fastest executor that works everywhere; any other is taken by name. */
export type ExecutorChoice = ExecutorName | 'auto';

/** The executor that a choice names. */
export const chosen = (choice: ExecutorChoice): ExecutorName => (choice === 'auto' ? 'onnx' : choice);

export const EXECUTORS: readonly ExecutorName[] = ['onnx', 'tensorflow', 'eager'];

/** Why an executor does not work on this machine; undefined where it does. Asking loads TensorFlow's library where it is installed. */
export const whyUnavailable = (executor: ExecutorName): string | undefined =>
  executor === 'tensorflow' ? unavailableReason() : undefined;

/** Executors that work on this machine. */
export const availableExecutors = (): readonly ExecutorName[] =>
  EXECUTORS.filter((executor) => whyUnavailable(executor) === undefined);
