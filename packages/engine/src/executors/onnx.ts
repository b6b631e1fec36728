/** The default executor: the optimised graph as one ONNX Runtime session. */
import * as ort from 'onnxruntime-node';
import { inputName, lower, nextStateName, outputName } from '../onnx/lower.ts';
import { encodeModel, type OnnxTensor } from '../onnx/proto.ts';
import type { Program } from '../program.ts';
import type { Executor, ExecutorSession, OpenOptions, Values } from './executor.ts';
import { loweredOnce } from './lowered.ts';

const loweredGraph = loweredOnce(lower);

function initialiser(name: string, dims: readonly number[], values: Float32Array): OnnxTensor {
  return {
    name: inputName(name),
    type: 'float32',
    dims,
    bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  };
}

class OnnxSession implements ExecutorSession {
  readonly #session: ort.InferenceSession;
  readonly #program: Program;
  readonly #outputs: readonly string[];
  #state: Record<string, ort.Tensor> = {};

  constructor(session: ort.InferenceSession, program: Program, state: Values) {
    this.#session = session;
    this.#program = program;
    this.#outputs = Object.keys(program.graph.outputs);
    this.#set(state);
  }

  #set(values: Values): void {
    for (const [name, data] of Object.entries(values)) {
      this.#state[name] = new ort.Tensor('float32', Float32Array.from(data), [
        ...(this.#program.parameters.state[name] ?? []),
      ]);
    }
  }

  async run(inputs: Values): Promise<Record<string, Float32Array>> {
    const feeds: Record<string, ort.Tensor> = {};
    for (const [name, data] of Object.entries(inputs)) {
      feeds[inputName(name)] = new ort.Tensor('float32', data, [...(this.#program.parameters.input[name] ?? [])]);
    }
    for (const [name, tensor] of Object.entries(this.#state)) feeds[inputName(name)] = tensor;
    const results = await this.#session.run(feeds);
    // The tensors that come back become the state: nothing is copied between calls.
    for (const name of Object.keys(this.#program.graph.state)) {
      this.#state[name] = results[nextStateName(name)] as ort.Tensor;
    }
    return Object.fromEntries(
      this.#outputs.map((name) => [name, (results[outputName(name)] as ort.Tensor).data as Float32Array]),
    );
  }

  async readState(): Promise<Record<string, Float32Array>> {
    return Object.fromEntries(
      Object.entries(this.#state).map(([name, tensor]) => [name, Float32Array.from(tensor.data as Float32Array)]),
    );
  }

  async writeState(values: Values): Promise<void> {
    this.#set(values);
  }

  async release(): Promise<void> {
    await this.#session.release();
    this.#state = {};
  }
}

async function open(
  program: Program,
  bound: Values,
  state: Values,
  { threads }: OpenOptions,
): Promise<ExecutorSession> {
  const graph = loweredGraph(program);
  const weights = graph.bound.map(({ name, dims }) => {
    const plain = name.slice(inputName('').length);
    return initialiser(plain, dims, bound[plain] as Float32Array);
  });
  const initialisers = [...graph.initialisers, ...weights];
  const { model, externalData } = encodeModel({ ...graph, name: program.name, initialisers });
  const session = await ort.InferenceSession.create(model, {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    externalData,
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    // Gradients near a solution are full of denormals, which cost a CPU a hundred times a normal number.
    extra: { session: { set_denormal_as_zero: '1' } },
  });
  return new OnnxSession(session, program, state);
}

export const onnx: Executor = { name: 'onnx', open };
