/** The tensors that a session keeps between calls, in the memory that its device reads. */
import * as ort from 'onnxruntime-node';
import { type Shape, sizeOf } from '../../../graph/graph.ts';
import type { Values } from '../../executor.ts';
import type { OnnxDevice } from '../device.ts';
import { fromDevice, toDevice } from './transfer.ts';

export interface StateStore {
  /** What the next call is fed, by the state's name. */
  readonly tensors: Readonly<Record<string, ort.Tensor>>;
  /** Makes an output of a call the state's next value. */
  replace(name: string, tensor: ort.Tensor): void;
  /** Copies of all values. */
  read(): Promise<Record<string, Float32Array>>;
  /** Replaces some values by copies of those given. */
  write(values: Values, shapes: Readonly<Record<string, Shape>>): Promise<void>;
  release(): void;
}

const tensorOf = (data: Float32Array, shape: Shape | undefined): ort.Tensor =>
  new ort.Tensor('float32', Float32Array.from(data), [...(shape ?? [data.length])]);

/** In the process's own memory. */
class HostState implements StateStore {
  tensors: Record<string, ort.Tensor> = {};

  replace(name: string, tensor: ort.Tensor): void {
    this.tensors[name] = tensor;
  }

  async read(): Promise<Record<string, Float32Array>> {
    return Object.fromEntries(
      Object.entries(this.tensors).map(([name, tensor]) => [name, Float32Array.from(tensor.data as Float32Array)]),
    );
  }

  async write(values: Values, shapes: Readonly<Record<string, Shape>>): Promise<void> {
    for (const [name, data] of Object.entries(values)) this.tensors[name] = tensorOf(data, shapes[name]);
  }

  release(): void {
    this.tensors = {};
  }
}

/** In the GPU's memory: nothing of the state passes through the process from one call to the next. */
class DeviceState implements StateStore {
  tensors: Record<string, ort.Tensor> = {};

  replace(name: string, tensor: ort.Tensor): void {
    // The binding frees a GPU's memory on dispose only, not when the tensor is garbage collected.
    this.tensors[name]?.dispose();
    this.tensors[name] = tensor;
  }

  async read(): Promise<Record<string, Float32Array>> {
    const values: Record<string, Float32Array> = {};
    for (const [name, tensor] of Object.entries(this.tensors)) values[name] = await fromDevice(tensor);
    return values;
  }

  async write(values: Values, shapes: Readonly<Record<string, Shape>>): Promise<void> {
    for (const [name, data] of Object.entries(values)) {
      // An empty tensor has no memory to keep.
      this.replace(
        name,
        sizeOf(shapes[name] ?? []) === 0 ? tensorOf(data, shapes[name]) : await toDevice(tensorOf(data, shapes[name])),
      );
    }
  }

  release(): void {
    for (const tensor of Object.values(this.tensors)) tensor.dispose();
    this.tensors = {};
  }
}

/**
 * The state of a session on a device. ONNX Runtime's Node binding names memory of WebGPU only (`gpu-buffer`): on CUDA it hands
 * every output over in the process's memory, so that the state is copied to the GPU and back in each call.
 */
export const stateStore = (device: OnnxDevice): StateStore =>
  device === 'webgpu' ? new DeviceState() : new HostState();
