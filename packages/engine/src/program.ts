/** compile() turns a tensor function into a program; openSession() binds its tensors and makes it callable. */
import { LeakscopeError } from '@leakscope/shared/errors';
import { chosen, type ExecutorChoice } from './executors/choose.ts';
import { eager } from './executors/eager.ts';
import type { Executor, ExecutorName, ExecutorSession, OpenOptions, Values } from './executors/executor.ts';
import { onnx, onnxCuda, onnxWebgpu } from './executors/onnx.ts';
import { isOnSmallMaps } from './executors/small-maps.ts';
import { tensorflow } from './executors/tensorflow.ts';
import { type Graph, type Role, type Shape, sizeOf } from './graph/graph.ts';
import { optimise } from './graph/optimise.ts';
import { graphText } from './graph/text.ts';
import './record/kernels.ts';
import { type Parameters, type ProgramResult, record } from './record/recorder.ts';
import type { Tensor } from './tf.ts';

/** A tensor function and what it takes. All values are float32. */
export interface ProgramSource {
  /** Unique for the function and for every option that changes what it does: programs are cached by name and shapes. */
  name: string;
  /** Fed at each call. */
  inputs?: Readonly<Record<string, Shape>>;
  /** Fixed when a session is opened, and packed there; never part of the cached program. */
  bound?: Readonly<Record<string, Shape>>;
  /** Kept in the session: each call reads it and may return its next value. */
  state?: Readonly<Record<string, Shape>>;
  /** Must be pure and must not read values; called once, with every tensor under its name. */
  fn: (tensors: Record<string, Tensor>) => ProgramResult;
}

/** A compiled tensor function, free of any weights. */
export interface Program {
  readonly name: string;
  readonly parameters: Parameters;
  /** The graph as recorded, which the reference executor runs. */
  readonly recorded: Graph;
  /** The graph after all passes. */
  readonly graph: Graph;
  /** The optimised graph, one line a node. */
  toText(): string;
}

/** More than a process of Leakscope uses at once; the oldest is dropped. */
const MOST_PROGRAMS = 64;
const programs = new Map<string, Program>();

const signature = (shapes: Readonly<Record<string, Shape>>): string =>
  Object.entries(shapes)
    .map(([name, shape]) => `${name}[${shape}]`)
    .join(',');

/**
 * Records and optimises a program, or returns the cached one of the same name and shapes.
 * @throws ENGINE_VALUE_READ, ENGINE_OP_UNSUPPORTED, ENGINE_SHAPE
 */
export function compile({ name, inputs = {}, bound = {}, state = {}, fn }: ProgramSource): Program {
  const parameters: Parameters = { input: inputs, bound, state };
  const key = [name, signature(inputs), signature(bound), signature(state)].join('|');
  const known = programs.get(key);
  if (known !== undefined) return known;
  const recorded = recordSafely(name, parameters, fn);
  const graph = optimise(recorded);
  const program: Program = { name, parameters, recorded, graph, toText: () => graphText(graph) };
  programs.set(key, program);
  if (programs.size > MOST_PROGRAMS) programs.delete(programs.keys().next().value as string);
  return program;
}

function recordSafely(name: string, parameters: Parameters, fn: ProgramSource['fn']): Graph {
  try {
    return record(name, parameters, fn);
  } catch (cause) {
    const missing =
      cause instanceof Error
        ? /Kernel '(\w+)' not registered|gradient function not found for (\w+)/.exec(cause.message)
        : null;
    if (missing === null) throw cause;
    throw new LeakscopeError('ENGINE_OP_UNSUPPORTED', { op: missing[1] ?? missing[2] ?? '', program: name, cause });
  }
}

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
