/** The optimised graph as one ONNX Runtime session: on the CPU, the default executor, or on a GPU. */
import * as ort from 'onnxruntime-node';
import type { Program } from '../../program.ts';
import type { Executor, ExecutorSession, OpenOptions, Values } from '../executor.ts';
import { loweredOnce } from '../lowered.ts';
import { blockSize } from './blocks/block-size.ts';
import { toBlocks } from './blocks/blocks.ts';
import type { OnnxDevice } from './device.ts';
import { foldConstants } from './fold/fold.ts';
import { materialise } from './fold/materialise.ts';
import { encodeModel } from './format.ts';
import { inputName, type LoweredGraph, lower, nextStateName, outputName } from './lower/lower.ts';
import { executorOn, isLost, openingError, runningError } from './runtime/errors.ts';
import { deviceOptions, exactProducts, inexactOn } from './runtime/options.ts';
import { type StateStore, stateStore } from './runtime/state.ts';
import { forgetDevice, keepDevice } from './runtime/transfer.ts';

class OnnxSession implements ExecutorSession {
  readonly #session: ort.InferenceSession;
  readonly #device: OnnxDevice;
  readonly #program: Program;
  readonly #outputs: readonly string[];
  readonly #state: StateStore;

  constructor(session: ort.InferenceSession, device: OnnxDevice, program: Program, state: StateStore) {
    this.#session = session;
    this.#device = device;
    this.#program = program;
    this.#outputs = Object.keys(program.graph.outputs);
    this.#state = state;
  }

  async run(inputs: Values): Promise<Record<string, Float32Array>> {
    const feeds: Record<string, ort.Tensor> = {};
    for (const [name, data] of Object.entries(inputs)) {
      feeds[inputName(name)] = new ort.Tensor('float32', data, [...(this.#program.parameters.input[name] ?? [])]);
    }
    for (const [name, tensor] of Object.entries(this.#state.tensors)) feeds[inputName(name)] = tensor;
    const results = await this.#guarded(() => this.#session.run(feeds));
    // The tensors that come back become the state: nothing is copied between calls.
    for (const name of Object.keys(this.#program.graph.state)) {
      this.#state.replace(name, results[nextStateName(name)] as ort.Tensor);
    }
    return Object.fromEntries(
      this.#outputs.map((name) => [name, (results[outputName(name)] as ort.Tensor).data as Float32Array]),
    );
  }

  /** @throws ENGINE_DEVICE_FAILED, ENGINE_DEVICE_MEMORY */
  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (this.#device === 'webgpu' && isLost(error)) await forgetDevice();
      throw runningError(this.#device, this.#program.name, error);
    }
  }

  async readState(): Promise<Record<string, Float32Array>> {
    return await this.#guarded(() => this.#state.read());
  }

  async writeState(values: Values): Promise<void> {
    await this.#guarded(() => this.#state.write(values, this.#program.parameters.state));
  }

  async release(): Promise<void> {
    this.#state.release();
    await this.#session.release();
  }
}

const lowered: Readonly<Record<OnnxDevice, (program: Program) => LoweredGraph>> = {
  cpu: loweredOnce((graph) => lower(graph, 'cpu')),
  webgpu: loweredOnce((graph) => lower(graph, 'webgpu')),
  cuda: loweredOnce((graph) => lower(graph, 'cuda')),
};

/** Opens a session on a device. @throws ENGINE_EXECUTOR_UNAVAILABLE, ENGINE_DEVICE_MEMORY */
async function open(
  device: OnnxDevice,
  program: Program,
  bound: Values,
  state: Values,
  { threads }: OpenOptions,
): Promise<ExecutorSession> {
  const graph = lowered[device](program);
  const weights = Object.fromEntries(Object.entries(bound).map(([name, data]) => [inputName(name), data]));
  const folded = foldConstants(graph, weights);
  const block = device === 'cpu' ? await blockSize() : undefined;
  const constants = materialise(block === undefined ? folded : toBlocks(folded, block));
  const { model, externalData } = encodeModel({ ...graph, ...constants, name: program.name });
  const onDevice = device === 'webgpu' ? Object.keys(program.graph.state).map(nextStateName) : [];
  const kept = stateStore(device);
  try {
    if (device === 'cuda') exactProducts();
    if (device === 'webgpu') await keepDevice();
    const session = await ort.InferenceSession.create(model, {
      ...deviceOptions(device, { threads, onDevice, onCpu: inexactOn(device, constants.nodes) }),
      externalData,
    });
    constants.release();
    try {
      await kept.write(state, program.parameters.state);
    } catch (error) {
      kept.release();
      await session.release();
      throw error;
    }
    return new OnnxSession(session, device, program, kept);
  } catch (error) {
    throw openingError(device, program.name, error);
  }
}

const on = (device: OnnxDevice): Executor => ({
  name: executorOn[device],
  open: (program, bound, state, options) => open(device, program, bound, state, options),
});

export const onnx: Executor = on('cpu');
export const onnxWebgpu: Executor = on('webgpu');
export const onnxCuda: Executor = on('cuda');
