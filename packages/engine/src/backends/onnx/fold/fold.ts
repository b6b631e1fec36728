/**
 * What is the same in every call of a session, computed before it opens. ONNX Runtime would do so too, an operation at a time, on
 * one thread and value by value, which takes most of the time that opening a session takes: here weights are cut, turned and
 * exchanged in one pass. What has no row is left to it.
 */
import { type Shape, sizeOf } from '../../../graph/graph.ts';
import { broadcast as broadcastShape, resolved } from '../../../graph/shapes.ts';
import type { OnnxNode, OnnxTensor } from '../format.ts';
import type { LoweredGraph } from '../lower/lower.ts';
import { broadcast, lies, negated, reshaped, sliced, squared, transposed, type View, values, viewOf } from './view.ts';

interface Site {
  readonly attributes: OnnxNode['attributes'];
  readonly inputs: readonly View[];
  /** The numbers of the inputs that are sizes, axes or offsets, in order. */
  readonly ints: readonly (readonly number[])[];
}

type Row = (site: Site) => View;

/** Writes f of each entry. Loops of their own: through a function that several share, an entry takes ten times as long. */
type Loop = (to: Float32Array, a: Float32Array, b: Float32Array) => void;

const loops = {
  add: (to, a, b) => {
    for (let i = 0; i < to.length; i++) to[i] = (a[i] as number) + (b[i] as number);
  },
  divide: (to, a, b) => {
    for (let i = 0; i < to.length; i++) to[i] = (a[i] as number) / (b[i] as number);
  },
  multiply: (to, a, b) => {
    for (let i = 0; i < to.length; i++) to[i] = (a[i] as number) * (b[i] as number);
  },
  invert: (to, a) => {
    for (let i = 0; i < to.length; i++) to[i] = 1 / (a[i] as number);
  },
  root: (to, a) => {
    for (let i = 0; i < to.length; i++) to[i] = Math.sqrt(a[i] as number);
  },
  subtract: (to, a, b) => {
    for (let i = 0; i < to.length; i++) to[i] = (a[i] as number) - (b[i] as number);
  },
} satisfies Record<string, Loop>;

/** Of one operand, or of two that are broadcast to a common shape. */
const elementwise =
  (loop: Loop): Row =>
  ({ inputs }) => {
    const dims = inputs.map((each) => each.dims).reduce((a, b) => broadcastShape('fold', a, b));
    const [a, b = a] = inputs.map((each) => values(broadcast(each, dims))) as [Float32Array, Float32Array?];
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
    const data = values(each);
    const length = data.length / rows;
    for (let row = 0; row < rows; row++) {
      result.set(data.subarray(row * length, (row + 1) * length), (row * result.length) / rows + begin);
    }
    begin += length;
  }
  return viewOf(result, dims);
}

function sum({ inputs: [x], ints: [axes = []], attributes }: Site): View {
  const { dims, squared: squares, negated: turned } = x as View;
  const sign = turned ? -1 : 1;
  const kept = dims.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  // Squares are summed up without being written down: ||y||^2 of an update reads 45 MB as it is.
  const data = values(transposed({ ...(x as View), squared: false, negated: false }, [...kept, ...axes]));
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

/** How many numbers of x stand for one of the scales, if these have x's first axes and no others: as the filters of a layer and their norm's scales. */
function rowLength({ dims }: View, scales: View): number | undefined {
  const kept = scales.dims.findLastIndex((size) => size > 1) + 1;
  const isRow =
    dims.length === scales.dims.length && dims.slice(0, kept).every((size, axis) => size === scales.dims[axis]);
  return isRow ? sizeOf(dims.slice(kept)) : undefined;
}

/** Each row times its number. */
function scaleRows(x: View, scales: View, length: number): View {
  const [data, factors] = [values(x), values(scales)];
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

const rows: Readonly<Record<string, Row>> = {
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

const numbers = ({ bytes }: OnnxTensor): number[] =>
  Array.from(new BigInt64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8), Number);
const floats = ({ bytes }: OnnxTensor): Float32Array =>
  new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);

/** A graph whose constants are not yet written down. */
export interface Reduced {
  readonly nodes: readonly OnnxNode[];
  readonly initialisers: readonly OnnxTensor[];
  /** Tensors that are the same in every call. */
  readonly views: ReadonlyMap<string, View>;
  /** Sizes, axes and offsets among the initialisers. */
  readonly ints: ReadonlyMap<string, readonly number[]>;
  /** Shapes of what the graph takes. */
  readonly inputs: ReadonlyMap<string, Shape>;
  readonly outputs: readonly string[];
}

export interface Folded {
  /** What reads something that changes. */
  readonly nodes: readonly OnnxNode[];
  /** What these read that stays. */
  readonly initialisers: OnnxTensor[];
  /** To be called when a session has its copy: the next fold writes over what was computed. */
  readonly release: () => void;
}

/** Entries of the largest memory that is kept, 256 MiB: one update's weights, but not those of several side by side. */
const LARGEST_SPARE = 2 ** 26;

/** What no session is opened with at present. New memory costs a machine more than what is written into it. */
let spare = new Float32Array();

/** A graph without what follows from its bound parameters alone. `bound` by its names in the graph. */
export function reduce(
  { nodes, initialisers, bound: parameters, inputs: ports, outputs }: LoweredGraph,
  bound: Readonly<Record<string, Float32Array>>,
): Reduced {
  const ints = new Map<string, readonly number[]>();
  const known = new Map<string, View>();
  for (const tensor of initialisers) {
    if (tensor.type === 'int64') ints.set(tensor.name, numbers(tensor));
    if (tensor.type === 'float32') known.set(tensor.name, viewOf(floats(tensor), tensor.dims));
  }
  for (const { name, dims = [] } of parameters) known.set(name, viewOf(bound[name] as Float32Array, dims));
  const left: OnnxNode[] = [];
  for (const node of nodes) {
    const row = rows[node.type];
    const inputs = node.inputs.flatMap((name) => known.get(name) ?? []);
    const sizes = node.inputs.flatMap((name) => (ints.has(name) ? [ints.get(name) as readonly number[]] : []));
    if (row === undefined || inputs.length === 0 || inputs.length + sizes.length < node.inputs.length) left.push(node);
    else known.set(node.outputs[0] as string, row({ attributes: node.attributes, inputs, ints: sizes }));
  }
  const inputs = new Map(ports.map(({ name, dims = [] }) => [name, dims]));
  return { nodes: left, initialisers, views: known, ints, inputs, outputs: outputs.map(({ name }) => name) };
}

/** The graph with all constants that it reads written down. */
export function settle({ nodes, initialisers, views }: Reduced): Folded {
  const read = new Set(nodes.flatMap((node) => node.inputs));
  const kept = initialisers.filter(({ name }) => read.has(name));
  const listed = new Set(kept.map(({ name }) => name));
  const computed = [...views].filter(([name]) => read.has(name) && !listed.has(name));
  const moved = computed.filter(([, view]) => !lies(view)).reduce((sum, [, { dims }]) => sum + sizeOf(dims), 0);
  const memory = moved <= spare.length ? spare : new Float32Array(moved);
  spare = new Float32Array();
  let used = 0;
  const tensors = computed.map(([name, view]): OnnxTensor => {
    const size = lies(view) ? 0 : sizeOf(view.dims);
    const { buffer, byteOffset, byteLength } = values(view, memory.subarray(used, used + size));
    used += size;
    return { name, type: 'float32', dims: view.as ?? view.dims, bytes: new Uint8Array(buffer, byteOffset, byteLength) };
  });
  return {
    nodes,
    initialisers: [...kept, ...tensors],
    release() {
      if (memory.length > spare.length && memory.length <= LARGEST_SPARE) spare = memory;
    },
  };
}
