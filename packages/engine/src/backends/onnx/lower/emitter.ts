/** Collects the nodes and constants of an ONNX graph while a program is lowered into it. */
import { type Shape, sizeOf } from '../../../graph/graph.ts';
import type { OnnxDevice } from '../device.ts';
import type { OnnxAttribute, OnnxNode, OnnxTensor, OnnxType } from '../format.ts';

/** Writes numbers as little-endian bytes of an ONNX type. */
export function bytesOf(type: OnnxType, values: ArrayLike<number>): Uint8Array {
  if (type === 'int64') return new Uint8Array(BigInt64Array.from(Array.from(values, (v) => BigInt(v))).buffer);
  if (type === 'bool') return Uint8Array.from(values);
  const data = type === 'int32' ? Int32Array.from(values) : Float32Array.from(values);
  return new Uint8Array(data.buffer);
}

/** Longest row from which a product (`selection`) picks values faster than copying them one by one. */
export const LONGEST_ROW = 512;

export class Emitter {
  readonly nodes: OnnxNode[] = [];
  readonly initialisers: OnnxTensor[] = [];
  readonly #constants = new Map<string, string>();
  readonly #emitted = new Map<string, string[]>();
  readonly #fixed = new Set<string>();
  #next = 0;
  readonly device: OnnxDevice;

  constructor(device: OnnxDevice = 'cpu') {
    this.device = device;
  }

  /** Marks a value as constant: the same in every call of a session. */
  markConstant(name: string): void {
    this.#fixed.add(name);
  }

  /** Whether a value is constant, so that it is folded, and packed where it is a weight. */
  isConstant(name: string): boolean {
    return this.#fixed.has(name);
  }

  /** Adds an operation and returns the name of its first output; an equal operation is emitted once. */
  emit(type: string, inputs: readonly string[], attributes: Readonly<Record<string, OnnxAttribute>> = {}): string {
    return this.emitAll(type, inputs, attributes, 1)[0] as string;
  }

  /** Adds an operation with several outputs. */
  emitAll(
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>>,
    outputs: number,
  ): string[] {
    const key = `${type}(${inputs})${JSON.stringify(attributes)}/${outputs}`;
    const known = this.#emitted.get(key);
    if (known !== undefined) return known;
    const names = Array.from({ length: outputs }, () => `${type}_${this.#next++}`);
    this.nodes.push({ type, inputs, outputs: names, attributes });
    if (inputs.every((name) => this.#fixed.has(name))) for (const name of names) this.#fixed.add(name);
    this.#emitted.set(key, names);
    return names;
  }

  /** A constant tensor; small equal ones are shared. */
  constant(type: OnnxType, dims: Shape, values: ArrayLike<number>): string {
    const key = values.length <= 16 ? `${type}[${dims}]${Array.from(values)}` : undefined;
    const known = key === undefined ? undefined : this.#constants.get(key);
    if (known !== undefined) return known;
    const name = `constant_${this.#next++}`;
    this.initialisers.push({ name, type, dims, bytes: bytesOf(type, values) });
    this.#fixed.add(name);
    if (key !== undefined) this.#constants.set(key, name);
    return name;
  }

  /** A vector of sizes, axes or offsets. */
  ints(values: readonly number[]): string {
    return this.constant('int64', [values.length], values);
  }

  scalar(value: number): string {
    return this.constant('float32', [], [value]);
  }

  /**
   * A matrix of zeros and ones that picks values by a product. Rows of `size` values times it are rows of the values at `picks`; an
   * undefined pick gives zero. A product runs on all threads, copying value by value on one.
   */
  selection(size: number, picks: readonly (number | undefined)[]): string {
    const key = `selection[${size}]${picks}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const values = new Float32Array(size * picks.length);
    picks.forEach((from, to) => {
      if (from !== undefined) values[from * picks.length + to] = 1;
    });
    const name = this.constant('float32', [size, picks.length], values);
    this.#constants.set(key, name);
    return name;
  }

  /** A tensor filled with one value. It is an Expand of a scalar, so the model does not store it. */
  filled(value: number, shape: Shape, type: OnnxType = 'float32'): string {
    const scalar = this.constant(type, [], [value]);
    return sizeOf(shape) === 1 && shape.length === 0 ? scalar : this.emit('Expand', [scalar, this.ints(shape)]);
  }

  reshape(x: string, shape: Shape): string {
    return this.emit('Reshape', [x, this.ints(shape)]);
  }

  transpose(x: string, perm: readonly number[]): string {
    return this.emit('Transpose', [x], { perm });
  }

  /** x[begin : begin + size : step] on each listed axis. */
  slice(
    x: string,
    axes: readonly number[],
    begin: readonly number[],
    end: readonly number[],
    steps?: readonly number[],
  ): string {
    // With a negative step, WebGPU's kernel starts at the wrong place unless it reads a whole axis (ONNX Runtime 1.30).
    if (this.device === 'webgpu' && steps?.some((step, i) => step < 0 && begin[i] !== -1)) {
      return this.#sliceBackwards(x, axes, begin, end, steps);
    }
    const inputs = [x, this.ints(begin), this.ints(end), this.ints(axes)];
    return this.emit('Slice', steps === undefined ? inputs : [...inputs, this.ints(steps)]);
  }

  /** The same values in ascending order, then reversed. Ends before the first value are below zero. */
  #sliceBackwards(
    x: string,
    axes: readonly number[],
    begin: readonly number[],
    end: readonly number[],
    steps: readonly number[],
  ): string {
    const ascending = steps.map((step, i) => {
      const [from, to] = [begin[i] as number, end[i] as number];
      if (step > 0) return { from, to, step };
      const count = Math.ceil((from - Math.max(-1, to)) / -step);
      return { from: from + (count - 1) * step, to: from + 1, step: -step };
    });
    const picked = this.slice(
      x,
      axes,
      ascending.map(({ from }) => from),
      ascending.map(({ to }) => to),
      ascending.map(({ step }) => step),
    );
    return this.reverse(
      picked,
      axes.filter((_, i) => (steps[i] as number) < 0),
    );
  }

  /** Reverses the order along `axes`. */
  reverse(x: string, axes: readonly number[]): string {
    const all = (value: number): number[] => axes.map(() => value);
    return this.slice(x, axes, all(-1), all(-(2 ** 31)), all(-1));
  }

  /** Zero padding; negative amounts crop. */
  pad(x: string, shape: Shape, before: readonly number[], after: readonly number[], value = 0): string {
    const cropped = shape.map((_, i) => (before[i] as number) < 0 || (after[i] as number) < 0);
    let from = x;
    if (cropped.some(Boolean)) {
      const axes = shape.map((_, i) => i).filter((i) => cropped[i]);
      from = this.slice(
        x,
        axes,
        axes.map((i) => Math.max(0, -(before[i] as number))),
        axes.map((i) => (shape[i] as number) - Math.max(0, -(after[i] as number))),
      );
    }
    const pads = [...before, ...after].map((amount) => Math.max(0, amount));
    if (pads.every((amount) => amount === 0)) return from;
    return this.emit('Pad', [from, this.ints(pads), this.scalar(value)]);
  }
}
