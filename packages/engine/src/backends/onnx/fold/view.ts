/**
 * Arrays seen through strides, as in NumPy: to transpose, slice, flip, broadcast, square or negate a view moves nothing.
 *
 * Example: the transpose of a [2, 3] matrix has the dims [3, 2] and the strides [1, 3] over the same six values.
 */
import type { Shape } from '../../../graph/graph.ts';

export interface View {
  readonly data: Float32Array;
  /** Index of the first value in `data`. */
  readonly offset: number;
  readonly dims: Shape;
  /** Distance from one value to the next along each axis: negative where flipped, 0 where broadcast. */
  readonly strides: readonly number[];
  /** Whether each value is squared, and whether it is then negated, when it is read. */
  readonly squared: boolean;
  readonly negated: boolean;
  /** The shape of the initialiser, where it differs from `dims`. */
  readonly as?: Shape;
}

/** A contiguous view. */
export const viewOf = (data: Float32Array, dims: Shape): View => ({
  data,
  offset: 0,
  dims,
  strides: rowMajorStrides(dims),
  squared: false,
  negated: false,
});

/** Strides of `dims` in row-major order. */
function rowMajorStrides(dims: Shape): number[] {
  let stride = 1;
  return dims
    .map((_, i) => {
      const own = stride;
      stride *= dims[dims.length - 1 - i] as number;
      return own;
    })
    .reverse();
}

/** The view with as few axes as its strides allow: axes that follow each other in memory become one. */
export function coalesced({ dims, strides }: View): { dims: number[]; strides: number[] } {
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

/** Whether the values lie in row-major order and are read as they are. */
export function isContiguous(view: View): boolean {
  const { strides } = coalesced(view);
  return !view.squared && !view.negated && strides.length < 2 && (strides[0] ?? 1) === 1;
}

export const squared = (view: View): View => ({ ...view, squared: true, negated: false });

export const negated = (view: View): View => ({ ...view, negated: !view.negated });

export const transposed = (view: View, perm: readonly number[]): View => ({
  ...view,
  dims: perm.map((axis) => view.dims[axis] as number),
  strides: perm.map((axis) => view.strides[axis] as number),
});

/** One axis split in two, the second of `length`. */
export const split = (view: View, axis: number, length: number): View => {
  const [size, stride] = [view.dims[axis] as number, view.strides[axis] as number];
  return {
    ...view,
    dims: view.dims.toSpliced(axis, 1, size / length, length),
    strides: view.strides.toSpliced(axis, 1, stride * length, stride),
  };
};

/** The view broadcast to `dims`: repeated along axes of length 1, and along new axes in front. */
export function broadcast(view: View, dims: Shape): View {
  const missing = dims.length - view.dims.length;
  const strides = dims.map((size, axis) => {
    const own = axis - missing;
    return own < 0 || (view.dims[own] === 1 && size !== 1) ? 0 : (view.strides[own] as number);
  });
  return { ...view, dims, strides };
}

/** x[begin : end : step] along one axis; what is out of range is clamped as ONNX's Slice does. */
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
