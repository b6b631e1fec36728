/**
 * Collects the nodes of a TensorFlow graph while a program is lowered into it.
 *
 * The nodes form two runs. What depends on bound tensors and constants alone is computed once, into variables that stay on the device.
 * The rest is computed in each call.
 */
import type { DType, Shape } from '../../graph/graph.ts';
import type { LaidOut } from '../../graph/laid-out.ts';
import type { TfAttribute, TfNode, TfType } from './proto.ts';

/** A value of the TensorFlow graph, with its shape in memory. */
export interface Handle {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** A value of our graph as a tensor of TensorFlow's, with its layout. */
export type Value = LaidOut<Handle>;

/** What an operation gives. */
interface Result {
  shape: Shape;
  dtype?: DType;
}

type Attributes = Readonly<Record<string, TfAttribute>>;

/** Little-endian bytes of a constant. */
function bytesOf(dtype: DType, values: ArrayLike<number>): Uint8Array {
  if (dtype === 'bool') return Uint8Array.from(values, (value) => Number(value !== 0));
  const data = dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values);
  return new Uint8Array(data.buffer);
}

export class Emitter {
  readonly nodes: TfNode[] = [];
  /** Assignments that the first run must make. */
  readonly prepared: string[] = [];
  readonly #known = new Map<string, string>();
  readonly #constants = new Set<string>();
  readonly #fixed = new Set<string>();
  readonly #stored = new Map<string, Handle>();
  #next = 0;

  /** Adds a node under a name of its own; an equal one is added once. */
  #add(op: string, inputs: readonly string[], attributes: Attributes): string {
    const key = `${op}(${inputs})${JSON.stringify(attributes)}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const name = this.#push(op, inputs, attributes);
    this.#known.set(key, name);
    return name;
  }

  #push(op: string, inputs: readonly string[], attributes: Attributes): string {
    const name = `${op}_${this.#next++}`;
    this.nodes.push({ name, op, inputs, attributes });
    return name;
  }

  /** A value fed by name. A `fixed` one is the same in all calls of a session. */
  placeholder(shape: Shape, fixed = false): Handle {
    const name = this.#push('Placeholder', [], { dtype: { type: 'float32' }, shape: { shape } });
    if (fixed) this.#fixed.add(name);
    return { name, shape, dtype: 'float32' };
  }

  /** Adds an operation of one output; its type is its first input's unless `result` names one. */
  emit(op: string, inputs: readonly Handle[], attributes: Attributes, result: Result): Handle {
    return this.emitAll(op, inputs, attributes, [result])[0] as Handle;
  }

  /** Adds an operation of several outputs. */
  emitAll(op: string, inputs: readonly Handle[], attributes: Attributes, results: readonly Result[]): Handle[] {
    const names = inputs.map(({ name }) => name);
    const constant = names.every((name) => this.#constants.has(name));
    const fixed = !constant && names.every((name) => this.#fixed.has(name) || this.#constants.has(name));
    const operands = fixed ? names : inputs.map((input) => this.#operand(input).name);
    const node = this.#add(op, operands, attributes);
    return results.map(({ shape, dtype = inputs[0]?.dtype ?? 'float32' }, i) => {
      const name = i === 0 ? node : `${node}:${i}`;
      if (constant) this.#constants.add(name);
      if (fixed) this.#fixed.add(name);
      return { name, shape, dtype };
    });
  }

  /** The value as a call reads it: a fixed value is read from its variable. */
  #operand(value: Handle): Handle {
    if (!this.#fixed.has(value.name)) return value;
    const known = this.#stored.get(value.name);
    if (known !== undefined) return known;
    const variable = this.variable(value.shape, value.dtype);
    this.prepared.push(this.assign(variable, value));
    const stored = this.read(variable);
    this.#stored.set(value.name, stored);
    return stored;
  }

  /** A variable of the session, on the device. */
  variable(shape: Shape, dtype: DType = 'float32'): Handle {
    // Variables without a shared name of their own would all be the same one.
    const attributes = { dtype: { type: dtype }, shape: { shape }, shared_name: `variable_${this.#next}` } as const;
    return { name: this.#push('VarHandleOp', [], attributes), shape, dtype };
  }

  read(variable: Handle): Handle {
    const name = this.#add('ReadVariableOp', [variable.name], { dtype: { type: variable.dtype } });
    return { ...variable, name };
  }

  /** Assigns `value` to a variable once `after` have run; the name to fetch or to wait for. */
  assign(variable: Handle, value: Handle, after: readonly string[] = []): string {
    const inputs = [variable.name, value.name, ...after.map((name) => `^${name}`)];
    return this.#push('AssignVariableOp', inputs, { dtype: { type: value.dtype } });
  }

  /** A value to fetch: fixed ones are read from their variable. */
  output(value: Handle): string {
    return this.#push('Identity', [this.#operand(value).name], { T: { type: value.dtype } });
  }

  /** A value to fetch that says that `names` have run. */
  done(names: readonly string[]): string {
    const { name } = this.filled('float32', [], 0);
    return this.#push('Identity', [name, ...names.map((after) => `^${after}`)], { T: { type: 'float32' } });
  }

  /** A constant tensor. */
  constant(dtype: DType, shape: Shape, values: ArrayLike<number>): Handle {
    return this.#constant(dtype, shape, bytesOf(dtype, values));
  }

  /** A tensor of one value, stored once. */
  filled(dtype: DType, shape: Shape, value: number): Handle {
    return this.#constant(dtype, shape, value);
  }

  #constant(dtype: DType, shape: Shape, values: Uint8Array | number): Handle {
    const attributes = { dtype: { type: dtype }, value: { constant: { dtype, shape, values } } } as const;
    // Large constants are not compared with each other.
    const small = typeof values === 'number' || values.length <= 64;
    const name = small ? this.#add('Const', [], attributes) : this.#push('Const', [], attributes);
    this.#constants.add(name);
    return { name, shape, dtype };
  }

  /** A vector of sizes, axes or offsets. */
  ints(values: readonly number[]): Handle {
    return this.constant('int32', [values.length], values);
  }

  int(value: number): Handle {
    return this.filled('int32', [], value);
  }

  reshape(x: Handle, shape: Shape): Handle {
    return this.emit('Reshape', [x, this.ints(shape)], types({ T: x.dtype, Tshape: 'int32' }), { shape });
  }

  transpose(x: Handle, perm: readonly number[]): Handle {
    const shape = perm.map((axis) => x.shape[axis] as number);
    return this.emit('Transpose', [x, this.ints(perm)], types({ T: x.dtype, Tperm: 'int32' }), { shape });
  }

  /** x[begin : begin + size]. */
  slice(x: Handle, begin: readonly number[], size: Shape): Handle {
    if (size.every((length, axis) => length === x.shape[axis])) return x;
    const operands = [x, this.ints(begin), this.ints(size)];
    return this.emit('Slice', operands, types({ T: x.dtype, Index: 'int32' }), { shape: size });
  }

  /** Padding with zeros; negative amounts crop. */
  frame(x: Handle, before: readonly number[], after: readonly number[]): Handle {
    const crop = (amount: number): number => Math.max(0, -amount);
    const begin = before.map(crop);
    const size = x.shape.map((length, axis) => length - (begin[axis] as number) - crop(after[axis] as number));
    const pads = [before, after].map((amounts) => amounts.map((amount) => Math.max(0, amount))) as [number[], number[]];
    return this.pad(this.slice(x, begin, size), ...pads);
  }

  /** Padding with `value`; amounts are not negative. */
  pad(x: Handle, before: readonly number[], after: readonly number[], value = 0): Handle {
    if ([...before, ...after].every((amount) => amount === 0)) return x;
    const amounts = before.flatMap((first, axis) => [first, after[axis] as number]);
    const operands = [x, this.constant('int32', [before.length, 2], amounts), this.filled(x.dtype, [], value)];
    const shape = x.shape.map((size, axis) => size + (before[axis] as number) + (after[axis] as number));
    return this.emit('PadV2', operands, types({ T: x.dtype, Tpaddings: 'int32' }), { shape });
  }

  concat(values: readonly Handle[], axis: number): Handle {
    const first = values[0] as Handle;
    if (values.length === 1) return first;
    const total = values.reduce((sum, { shape }) => sum + (shape[axis] as number), 0);
    const shape = first.shape.map((size, i) => (i === axis ? total : size));
    const attributes = { N: values.length, ...types({ T: first.dtype, Tidx: 'int32' }) };
    return this.emit('ConcatV2', [...values, this.int(axis)], attributes, { shape });
  }

  cast(x: Handle, dtype: DType): Handle {
    return this.emit('Cast', [x], types({ SrcT: x.dtype, DstT: dtype }), { shape: x.shape, dtype });
  }
}

/** Type attributes of an operation. */
export const types = (named: Readonly<Record<string, TfType>>): Record<string, TfAttribute> =>
  Object.fromEntries(Object.entries(named).map(([name, type]) => [name, { type }]));
