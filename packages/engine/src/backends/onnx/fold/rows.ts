/** Operations of ONNX that are computed before a session opens, over strided views: one row an operation. */
import { sizeOf } from '../../../graph/graph.ts';
import { broadcast as broadcastShape, resolved } from '../../../graph/shapes.ts';
import type { OnnxNode } from '../format.ts';
import { contiguous, reshaped } from './copy.ts';
import { type Loop, loops } from './loops.ts';
import { broadcast, negated, sliced, squared, transposed, type View, viewOf } from './view.ts';

interface Site {
  readonly attributes: OnnxNode['attributes'];
  readonly inputs: readonly View[];
  /** The numbers of the inputs that are sizes, axes or offsets, in order. */
  readonly ints: readonly (readonly number[])[];
}

type Row = (site: Site) => View;

/** A row of one operand, or of two that are broadcast to a common shape. */
const elementwise =
  (loop: Loop): Row =>
  ({ inputs }) => {
    const dims = inputs.map((each) => each.dims).reduce((a, b) => broadcastShape('fold', a, b));
    const [a, b = a] = inputs.map((each) => contiguous(broadcast(each, dims))) as [Float32Array, Float32Array?];
    const result = new Float32Array(a.length);
    loop(result, a, b);
    return viewOf(result, dims);
  };

function concat({ inputs, attributes }: Site): View {
  const [first] = inputs as [View];
  const axis = attributes.axis as number;
  const dims = first.dims.with(
    axis,
    inputs.reduce((sum, each) => sum + (each.dims[axis] as number), 0),
  );
  const rows = sizeOf(dims.slice(0, axis));
  const result = new Float32Array(sizeOf(dims));
  let begin = 0;
  for (const each of inputs) {
    const data = contiguous(each);
    const length = data.length / rows;
    for (let row = 0; row < rows; row++) {
      result.set(data.subarray(row * length, (row + 1) * length), (row * result.length) / rows + begin);
    }
    begin += length;
  }
  return viewOf(result, dims);
}

export function sum({ inputs: [x], ints: [axes = []], attributes }: Site): View {
  const { dims, squared: squares, negated: turned } = x as View;
  const sign = turned ? -1 : 1;
  const kept = dims.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  // Squares are summed without being written down: ||y||^2 of an update reads 45 MB as it is.
  const data = contiguous(transposed({ ...(x as View), squared: false, negated: false }, [...kept, ...axes]));
  const shape =
    attributes.keepdims === 0
      ? kept.map((axis) => dims[axis] as number)
      : dims.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const result = new Float32Array(sizeOf(shape));
  const length = data.length / result.length;
  for (let i = 0; i < result.length; i++) {
    let total = 0;
    for (let k = i * length; k < (i + 1) * length; k++) {
      const value = data[k] as number;
      total += squares ? value * value : value;
    }
    result[i] = sign * total;
  }
  return viewOf(result, shape);
}

/**
 * How many consecutive values of x have the same scale, where the scales have x's leading axes and no others. Example: 27 for filters
 * [64, 3, 3, 3] and scales [64, 1, 1, 1]. Undefined for other shapes.
 */
function rowLength({ dims }: View, scales: View): number | undefined {
  const kept = scales.dims.findLastIndex((size) => size > 1) + 1;
  const isRow =
    dims.length === scales.dims.length && dims.slice(0, kept).every((size, axis) => size === scales.dims[axis]);
  return isRow ? sizeOf(dims.slice(kept)) : undefined;
}

/** Each run of `length` values times its scale. */
function scaleRows(x: View, scales: View, length: number): View {
  const [data, factors] = [contiguous(x), contiguous(scales)];
  const result = new Float32Array(data.length);
  for (let row = 0, i = 0; row < factors.length; row++) {
    const factor = factors[row] as number;
    for (const end = i + length; i < end; i++) result[i] = (data[i] as number) * factor;
  }
  return viewOf(result, x.dims);
}

const multiplied = elementwise(loops.multiply);

function product(site: Site): View {
  const [a, b] = site.inputs as [View, View];
  if (a === b && !a.squared) return squared(a);
  for (const [x, scales] of [
    [a, b],
    [b, a],
  ] as const) {
    const length = rowLength(x, scales);
    if (length !== undefined && length > 1) return scaleRows(x, scales, length);
  }
  return multiplied(site);
}

export const rows: Readonly<Record<string, Row>> = {
  Add: elementwise(loops.add),
  Concat: concat,
  Div: elementwise(loops.divide),
  Expand: ({ inputs: [x], ints: [shape = []] }) =>
    broadcast(x as View, broadcastShape('Expand', (x as View).dims, shape)),
  Mul: product,
  Neg: ({ inputs: [x] }) => negated(x as View),
  Reciprocal: elementwise(loops.invert),
  ReduceSum: sum,
  Reshape: ({ inputs: [x], ints: [shape = []] }) => reshaped(x as View, resolved(shape, sizeOf((x as View).dims))),
  Slice: ({ inputs: [x], ints: [begins = [], ends = [], axes = [], steps = []] }) =>
    axes.reduce(
      (view, axis, i) => sliced(view, axis, begins[i] as number, ends[i] as number, steps[i] ?? 1),
      x as View,
    ),
  Sqrt: elementwise(loops.root),
  Sub: elementwise(loops.subtract),
  Transpose: ({ inputs: [x], attributes }) => transposed(x as View, attributes.perm as readonly number[]),
};
