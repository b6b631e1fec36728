/**
 * Arrays seen through strides: exchanging, cutting, mirroring and repeating axes, squaring and turning the sign moves nothing, and
 * one pass puts it all in order.
 */
import { type Shape, sizeOf } from '../../../graph/graph.ts';

export interface View {
  readonly data: Float32Array;
  /** Of the first value. */
  readonly offset: number;
  readonly dims: Shape;
  /** From one value to the next along each axis: negative where mirrored, 0 where repeated. */
  readonly strides: readonly number[];
  /** What is read of each value: its square, if so, with its sign turned, if so. */
  readonly squared: boolean;
  readonly negated: boolean;
  /** The shape that they are given once they are in order, if another. */
  readonly as?: Shape;
}

/** Values that lie in order. */
export const viewOf = (data: Float32Array, dims: Shape): View => ({
  data,
  offset: 0,
  dims,
  strides: inOrder(dims),
  squared: false,
  negated: false,
});

/** Strides of `dims` in row-major order. */
function inOrder(dims: Shape): number[] {
  let stride = 1;
  return dims
    .map((_, i) => {
      const own = stride;
      stride *= dims[dims.length - 1 - i] as number;
      return own;
    })
    .reverse();
}

/** The same values with as few axes as their strides allow. */
function joined({ dims, strides }: View): { dims: number[]; strides: number[] } {
  const result = { dims: [] as number[], strides: [] as number[] };
  dims.forEach((size, axis) => {
    if (size === 1) return;
    const last = result.dims.length - 1;
    const stride = strides[axis] as number;
    if (last >= 0 && result.strides[last] === stride * size) {
      result.dims[last] = (result.dims[last] as number) * size;
      result.strides[last] = stride;
    } else {
      result.dims.push(size);
      result.strides.push(stride);
    }
  });
  return result;
}

/** Rows and columns that are copied by tiles: what is read and what is written then lies in few lines of the cache. */
const TILE = 32;

/** Whether the values lie in order, and are what is read. */
export function lies(view: View): boolean {
  const { strides } = joined(view);
  return !view.squared && !view.negated && strides.length < 2 && (strides[0] ?? 1) === 1;
}

/** The values in order: as they lie, or else copied, into `target` if that is given. */
export function values(view: View, target?: Float32Array): Float32Array {
  const { data, offset, squared, negated } = view;
  const size = sizeOf(view.dims);
  if (lies(view)) return data.subarray(offset, offset + size);
  const { dims, strides } = joined(view);
  const result = target ?? new Float32Array(size);
  while (dims.length < 3) {
    dims.unshift(1);
    strides.unshift(0);
  }
  const sign = negated ? -1 : 1;
  const inner: Block = { dims: dims.slice(-3), strides: strides.slice(-3), sign: squared ? 1 : sign };
  let to = 0;
  for (const from of offsets(offset, dims.slice(0, -3), strides)) {
    copyBlock(result, to, data, from, inner);
    to += sizeOf(inner.dims);
  }
  if (squared) for (let i = 0; i < size; i++) result[i] = sign * (result[i] as number) ** 2;
  return result;
}

/** Where each block begins. */
function* offsets(begin: number, [size, ...inner]: readonly number[], strides: readonly number[]): Generator<number> {
  if (size === undefined) {
    yield begin;
    return;
  }
  const [stride, ...rest] = strides as [number, ...number[]];
  for (let i = 0; i < size; i++) yield* offsets(begin + i * stride, inner, rest);
}

/** The last three axes. */
interface Block {
  readonly dims: readonly number[];
  readonly strides: readonly number[];
  readonly sign: 1 | -1;
}

function copyBlock(target: Float32Array, begin: number, data: Float32Array, from: number, block: Block): void {
  const [planes, rows, row] = block.dims as [number, number, number];
  const [across, down, along] = block.strides as [number, number, number];
  for (let plane = 0; plane < planes; plane += TILE) {
    const lastPlane = Math.min(planes, plane + TILE);
    for (let top = 0; top < rows; top += TILE) {
      const lastRow = Math.min(rows, top + TILE);
      for (let p = plane; p < lastPlane; p++) {
        for (let r = top; r < lastRow; r++) {
          const to = begin + (p * rows + r) * row;
          copyRow(target, to, to + row, data, from + p * across + r * down, along, block.sign);
        }
      }
    }
  }
}

/** A 3x3 kernel at a time: most rows are one, and a loop over it takes twice as long. */
function copyRow(
  target: Float32Array,
  begin: number,
  end: number,
  data: Float32Array,
  from: number,
  along: number,
  sign: number,
): void {
  let [to, at] = [begin, from];
  for (; to < end - 8; to += 9) {
    target[to] = sign * (data[at] as number);
    target[to + 1] = sign * (data[at + along] as number);
    target[to + 2] = sign * (data[at + 2 * along] as number);
    target[to + 3] = sign * (data[at + 3 * along] as number);
    target[to + 4] = sign * (data[at + 4 * along] as number);
    target[to + 5] = sign * (data[at + 5 * along] as number);
    target[to + 6] = sign * (data[at + 6 * along] as number);
    target[to + 7] = sign * (data[at + 7 * along] as number);
    target[to + 8] = sign * (data[at + 8 * along] as number);
    at += 9 * along;
  }
  for (; to < end; to++, at += along) target[to] = sign * (data[at] as number);
}

export const squared = (view: View): View => ({ ...view, squared: true, negated: false });
export const negated = (view: View): View => ({ ...view, negated: !view.negated });

export function reshaped(view: View, dims: Shape): View {
  const { squared, negated } = view;
  const inPlace = lies({ ...view, squared: false, negated: false });
  return inPlace ? { ...viewOf(view.data, dims), offset: view.offset, squared, negated } : viewOf(values(view), dims);
}

export const transposed = (view: View, perm: readonly number[]): View => ({
  ...view,
  dims: perm.map((axis) => view.dims[axis] as number),
  strides: perm.map((axis) => view.strides[axis] as number),
});

/** One axis as two, the second of `length`. */
export const split = (view: View, axis: number, length: number): View => {
  const [size, stride] = [view.dims[axis] as number, view.strides[axis] as number];
  return {
    ...view,
    dims: view.dims.toSpliced(axis, 1, size / length, length),
    strides: view.strides.toSpliced(axis, 1, stride * length, stride),
  };
};

/** Repeated along axes of length 1, and along new ones in front. */
export function broadcast(view: View, dims: Shape): View {
  const missing = dims.length - view.dims.length;
  const strides = dims.map((size, axis) => {
    const own = axis - missing;
    return own < 0 || (view.dims[own] === 1 && size !== 1) ? 0 : (view.strides[own] as number);
  });
  return { ...view, dims, strides };
}

/** What `steps` apart lies from `begin` on before `end` along one axis, by ONNX's rules for what is out of range. */
export function sliced(view: View, axis: number, begin: number, end: number, step: number): View {
  const size = view.dims[axis] as number;
  const clamp = (at: number, low: number, high: number): number =>
    Math.min(high, Math.max(low, at < 0 ? at + size : at));
  const [first, last] =
    step > 0 ? [clamp(begin, 0, size), clamp(end, 0, size)] : [clamp(begin, -1, size - 1), clamp(end, -1, size - 1)];
  const count = Math.max(0, Math.ceil((last - first) / step));
  const stride = view.strides[axis] as number;
  return {
    ...view,
    offset: view.offset + first * stride,
    dims: view.dims.with(axis, count),
    strides: view.strides.with(axis, stride * step),
  };
}
