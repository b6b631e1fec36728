/** Which executor runs a program. */
import { tensorflowReason } from '../tensorflow/addon.ts';
import type { ExecutorName } from './executor.ts';

/** `auto` is the fastest executor that works everywhere; any other is taken by name. */
export type ExecutorChoice = ExecutorName | 'auto';

/** The executor that a choice names. */
export const chosen = (choice: ExecutorChoice): ExecutorName => (choice === 'auto' ? 'onnx' : choice);

/** Executors that work on this machine; asking loads TensorFlow's library where it is installed. */
export const availableExecutors = (): readonly ExecutorName[] =>
  tensorflowReason() === undefined ? ['onnx', 'tensorflow', 'eager'] : ['onnx', 'eager'];
