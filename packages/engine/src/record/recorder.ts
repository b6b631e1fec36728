/** A tfjs backend that computes nothing: each kernel appends a node to a graph, gradients of any order included. */
import { LeakscopeError } from '@leakscope/shared/errors';
import {
  type BackendValues,
  type DataType,
  engine,
  getBackend,
  KernelBackend,
  registerBackend,
  setBackend,
  type Tensor,
  type TensorInfo,
  tidy,
} from '@tensorflow/tfjs-core';
import { PlainBuilder } from '../graph/builder.ts';
import {
  type Attributes,
  type DType,
  type Graph,
  type Node,
  nodeAt,
  type Op,
  type Role,
  type Shape,
} from '../graph/graph.ts';

export const RECORDER = 'leakscope-recorder';

/** The recording in progress, as kernels see it: tensors are handles on nodes. */
export class Recording {
  readonly program: string;
  readonly #builder = new PlainBuilder();
  readonly #ids = new WeakMap<object, number>();

  constructor(program: string) {
    this.program = program;
  }

  get nodes(): readonly Node[] {
    return this.#builder.nodes;
  }

  add(op: Op, inputs: readonly number[], attrs: Attributes, shape: Shape, dtype: DType = 'float32'): number {
    return this.#builder.add(op, inputs, attrs, shape, dtype);
  }

  /** The node behind a tensor. */
  idOf(tensor: TensorInfo): number {
    const id = this.#ids.get(tensor.dataId);
    if (id === undefined) {
      throw new LeakscopeError('ENGINE_INTERNAL', {
        reason: `the program ${this.program} uses a tensor [${tensor.shape}] that was made outside of it`,
      });
    }
    return id;
  }

  node(id: number): Node {
    return nodeAt(this.nodes, id);
  }

  /** A new tfjs tensor handle on node `id`. */
  handle(id: number): TensorInfo {
    const { shape, dtype } = this.node(id);
    const dataId = {};
    this.#ids.set(dataId, id);
    return { dataId, shape: [...shape], dtype };
  }

  /** Records constant values; values that are all equal become a Fill. */
  constant(values: BackendValues, shape: Shape, type: DataType): object {
    const dtype: DType = type === 'int32' || type === 'bool' ? type : 'float32';
    const data =
      dtype === 'float32'
        ? Float32Array.from(values as ArrayLike<number>)
        : Int32Array.from(values as ArrayLike<number>);
    const first = data[0] ?? 0;
    const id = data.every((value: number) => value === first)
      ? this.add('Fill', [], { value: first }, shape, dtype)
      : this.add('Const', [], { values: data }, shape, dtype);
    return this.handle(id).dataId;
  }
}

let current: Recording | undefined;

/** The recording in progress; kernels run only within one. */
export function recording(): Recording {
  if (current === undefined) throw new LeakscopeError('ENGINE_INTERNAL', { reason: 'nothing is being recorded' });
  return current;
}

class RecordingBackend extends KernelBackend {
  #written = 0;

  override write(values: BackendValues, shape: number[], dtype: DataType): object {
    this.#written++;
    return recording().constant(values, shape, dtype);
  }

  override readSync(): never {
    throw new LeakscopeError('ENGINE_VALUE_READ', { program: recording().program });
  }

  override read(): never {
    return this.readSync();
  }

  override numDataIds(): number {
    return this.#written;
  }

  // Handles hold no memory: nothing is counted and nothing is freed but by the garbage collector.
  override refCount(): number {
    return 1;
  }

  override incRef(): void {}

  override disposeData(): boolean {
    return false;
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override dispose(): void {}
}

registerBackend(RECORDER, () => new RecordingBackend(), 0);

/** What a program takes: shapes by name and role. */
export type Parameters = Readonly<Record<Role, Readonly<Record<string, Shape>>>>;

/** What a program gives: named outputs and the next value of each state tensor. */
export interface ProgramResult {
  outputs: Readonly<Record<string, Tensor>>;
  state?: Readonly<Record<string, Tensor>>;
}

/** Runs `fn` once on handles and returns the graph of what it did, untouched. */
export function record(
  program: string,
  parameters: Parameters,
  fn: (tensors: Record<string, Tensor>) => ProgramResult,
): Graph {
  // Nothing may have run in this process yet: then the cpu backend is what comes after.
  const before = getBackend() ?? 'cpu';
  const started = new Recording(program);
  current = started;
  try {
    // A synchronous factory makes setBackend take effect before its promise settles.
    void setBackend(RECORDER);
    return tidy(() => {
      const tensors: Record<string, Tensor> = {};
      for (const role of ['input', 'bound', 'state'] as const) {
        for (const [name, shape] of Object.entries(parameters[role])) {
          const id = started.add('Parameter', [], { name, role }, shape);
          const { dataId, shape: size, dtype } = started.handle(id);
          tensors[name] = engine().makeTensorFromDataId(dataId, size, dtype);
        }
      }
      const { outputs, state = {} } = fn(tensors);
      const ids = (named: Readonly<Record<string, Tensor>>): Record<string, number> =>
        Object.fromEntries(Object.entries(named).map(([name, tensor]) => [name, started.idOf(tensor)]));
      return { nodes: started.nodes, outputs: ids(outputs), state: ids(state) } as unknown as Tensor;
    }) as unknown as Graph;
  } finally {
    current = undefined;
    void setBackend(before);
  }
}
