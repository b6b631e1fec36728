/** The interface that each backend implements to run compiled programs. */
import type { Program } from '../program.ts';

/** `onnx` is ONNX Runtime on the CPU; the other two are the same on a GPU. */
export type ExecutorName = 'onnx' | 'onnx-webgpu' | 'onnx-cuda' | 'tensorflow' | 'eager';

/** Flat row-major values by name. */
export type Values = Readonly<Record<string, Float32Array>>;

export interface OpenOptions {
  /** Threads of one call; the default is the machine's cores. */
  threads?: number;
}

/** A program with its bound tensors and its state, ready to be called. */
export interface ExecutorSession {
  run(inputs: Values): Promise<Record<string, Float32Array>>;
  /** A copy of the state as it stands between calls. */
  readState(): Promise<Record<string, Float32Array>>;
  /** Replaces state tensors by copies of the values given. */
  writeState(values: Values): Promise<void>;
  release(): Promise<void>;
}

export interface Executor {
  readonly name: ExecutorName;
  /** Prepares `program`: `bound` and `state` hold every tensor of their role, with the sizes of the signature. */
  open(program: Program, bound: Values, state: Values, options: OpenOptions): Promise<ExecutorSession>;
}
