/** Tensors as every process passes them on: float32, row-major, named as PyTorch names them. */
import { createHash } from 'node:crypto';
import { endianness } from 'node:os';
import { LeakscopeError } from './errors.ts';

export interface Tensor {
  readonly shape: readonly number[];
  /** Row-major, as many values as the shape says. */
  readonly data: Float32Array;
}

/** Keyed by PyTorch parameter name, in the model's order. */
export type NamedTensors = Map<string, Tensor>;

/** Number of values in a shape; 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** A tensor of `shape`; zeros where no data is given. Throws TENSORS_SHAPE_MISMATCH where the data is of another size. */
export function tensor(shape: readonly number[], data: Float32Array = new Float32Array(sizeOf(shape))): Tensor {
  if (data.length !== sizeOf(shape)) {
    throw new LeakscopeError('TENSORS_SHAPE_MISMATCH', { tensor: '', expected: shape, actual: [data.length] });
  }
  return { shape, data };
}

/** Flat values by name, as a session of the engine takes them; nothing is copied. */
export const valuesByName = (tensors: NamedTensors): Record<string, Float32Array> =>
  Object.fromEntries([...tensors].map(([name, { data }]) => [name, data]));

/** The values as little-endian bytes, as they are digested, stored and sent; a view, not a copy, on little-endian machines. */
export function littleEndianBytes(data: Float32Array): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return endianness() === 'LE' ? bytes : Buffer.from(bytes).swap32();
}

/** The inverse of `littleEndianBytes`: always a copy, whose memory is aligned. Throws RangeError unless whole values are given. */
export function fromLittleEndianBytes(bytes: Uint8Array): Float32Array {
  if (bytes.length % 4 !== 0) throw new RangeError(`${bytes.length} bytes are no whole number of float32 values`);
  const copy = new Uint8Array(bytes);
  return new Float32Array(endianness() === 'LE' ? copy.buffer : Buffer.from(copy.buffer).swap32().buffer);
}

/** `sha256:<hex>` of bytes. */
export function digestBytes(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** `sha256:<hex>` over names, shapes and little-endian values, in the order of the names, so that files that list tensors otherwise agree. */
export function digestTensors(tensors: NamedTensors): string {
  const hash = createHash('sha256');
  for (const name of [...tensors.keys()].sort()) {
    const { shape, data } = tensors.get(name) as Tensor;
    // JSON keeps name and shape apart from the bytes, so that no two different maps give the same stream.
    hash.update(JSON.stringify([name, shape]));
    hash.update(littleEndianBytes(data));
  }
  return `sha256:${hash.digest('hex')}`;
}

/** Whether both hold the same names, shapes and bits (NaN equals the same NaN; -0 differs from 0). */
export function equalTensors(a: NamedTensors, b: NamedTensors): boolean {
  if (a.size !== b.size) return false;
  for (const [name, left] of a) {
    const right = b.get(name);
    if (right === undefined || !sameShape(left.shape, right.shape)) return false;
    if (Buffer.compare(littleEndianBytes(left.data), littleEndianBytes(right.data)) !== 0) return false;
  }
  return true;
}

/** Whether two shapes agree in every axis. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((n, axis) => n === b[axis]);
}

/** Sum of squares, accumulated in float64. */
export function squaredNorm(data: Float32Array): number {
  let sum = 0;
  for (const value of data) sum += value * value;
  return sum;
}

/** L2 norm over all tensors together. */
export function globalNorm(tensors: NamedTensors): number {
  let sum = 0;
  for (const { data } of tensors.values()) sum += squaredNorm(data);
  return Math.sqrt(sum);
}

/** L2 norm of each tensor. */
export function layerNorms(tensors: NamedTensors): Map<string, number> {
  return new Map([...tensors].map(([name, { data }]) => [name, Math.sqrt(squaredNorm(data))]));
}

/** Throws TENSORS_NOT_FINITE at the first NaN or infinity, with its tensor and index. */
export function checkFinite(tensors: NamedTensors): void {
  for (const [name, { data }] of tensors) {
    // A plain loop: an update has millions of values, and a callback for each costs ten times as much.
    for (let index = 0; index < data.length; index++) {
      if (Number.isFinite(data[index])) continue;
      throw new LeakscopeError('TENSORS_NOT_FINITE', { tensor: name, index, value: data[index] });
    }
  }
}

/**
 * Throws unless `tensors` holds exactly the specified names and shapes:
 * TENSORS_MISSING, TENSORS_SHAPE_MISMATCH or TENSORS_UNEXPECTED, with the tensor's name.
 */
export function checkShapes(
  tensors: NamedTensors,
  specs: Iterable<{ readonly name: string; readonly shape: readonly number[] }>,
): void {
  const expected = new Set<string>();
  for (const { name, shape } of specs) {
    expected.add(name);
    const found = tensors.get(name);
    if (found === undefined) throw new LeakscopeError('TENSORS_MISSING', { tensor: name });
    if (!sameShape(found.shape, shape) || found.data.length !== sizeOf(shape)) {
      throw new LeakscopeError('TENSORS_SHAPE_MISMATCH', { tensor: name, expected: shape, actual: found.shape });
    }
  }
  for (const name of tensors.keys()) {
    if (!expected.has(name)) throw new LeakscopeError('TENSORS_UNEXPECTED', { tensor: name });
  }
}
