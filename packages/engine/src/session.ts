/** openSession() binds a program's tensors on an executor and makes it callable. */
import { LeakscopeError } from '@leakscope/shared/errors';
import { eager } from './backends/eager/eager.ts';
import type { Executor, ExecutorName, ExecutorSession, OpenOptions, Values } from './backends/executor.ts';
import { onnx, onnxCuda, onnxWebgpu } from './backends/onnx/onnx.ts';
import { tensorflow } from './backends/tensorflow/tensorflow.ts';
import { type Role, sizeOf } from './graph/graph.ts';
import type { Program } from './program.ts';
import { chosen, type ExecutorChoice } from './selection/choose.ts';
import { isOnSmallMaps } from './selection/small-maps.ts';

const executors: Readonly<Record<ExecutorName, Executor>> = {
  onnx,
  'onnx-webgpu': onnxWebgpu,
  'onnx-cuda': onnxCuda,
  tensorflow,
  eager,
};

export interface SessionOptions extends OpenOptions {
  bound?: Values;
  state?: Values;
  executor?: ExecutorChoice;
}

/** A callable program. Calls of one session must not overlap. */
export class Session implements AsyncDisposable {
  readonly program: Program;
  readonly executor: ExecutorName;
  #session: ExecutorSession | undefined;

  constructor(program: Program, executor: ExecutorName, session: ExecutorSession) {
    this.program = program;
    this.executor = executor;
    this.#session = session;
  }

  #open(): ExecutorSession {
    if (this.#session === undefined) throw new LeakscopeError('ENGINE_RELEASED', { program: this.program.name });
    return this.#session;
  }

  /** Runs the program once. @throws ENGINE_TENSOR_MISSING, ENGINE_TENSOR_UNKNOWN, ENGINE_SHAPE */
  async run(inputs: Values = {}): Promise<Record<string, Float32Array>> {
    check(this.program, 'input', inputs);
    return await this.#open().run(inputs);
  }

  /** A copy of the state. */
  async readState(): Promise<Record<string, Float32Array>> {
    return await this.#open().readState();
  }

  /** Replaces some or all state tensors. */
  async writeState(values: Values): Promise<void> {
    check(this.program, 'state', values, true);
    await this.#open().writeState(values);
  }

  /** Frees the session; calling it again does nothing. */
  async release(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}

function check(program: Program, role: Role, values: Values, partial = false): void {
  const shapes = program.parameters[role];
  for (const [name, data] of Object.entries(values)) {
    const shape = shapes[name];
    if (shape === undefined) throw new LeakscopeError('ENGINE_TENSOR_UNKNOWN', { program: program.name, name, role });
    if (!(data instanceof Float32Array) || data.length !== sizeOf(shape)) {
      throw new LeakscopeError('ENGINE_SHAPE', {
        op: `${program.name}: ${role} "${name}"`,
        expected: `${sizeOf(shape)} float32 values for shape [${shape}]`,
        got: `${data.length} in a ${data.constructor.name}`,
      });
    }
  }
  if (partial) return;
  const missing = Object.keys(shapes).find((name) => !(name in values));
  if (missing !== undefined)
    throw new LeakscopeError('ENGINE_TENSOR_MISSING', { program: program.name, name: missing, role });
}

/** Binds a program's tensors on an executor. @throws ENGINE_TENSOR_MISSING, ENGINE_TENSOR_UNKNOWN, ENGINE_SHAPE, ENGINE_EXECUTOR_UNAVAILABLE */
export async function openSession(
  program: Program,
  { bound = {}, state = {}, executor = 'auto', ...options }: SessionOptions = {},
): Promise<Session> {
  check(program, 'bound', bound);
  check(program, 'state', state);
  const trains = Object.keys(program.parameters.state).length > 0;
  const smallMaps = trains && isOnSmallMaps(program.graph);
  const name = await chosen(executor, { trains, smallMaps, threads: options.threads });
  return new Session(program, name, await executors[name].open(program, bound, state, options));
}
