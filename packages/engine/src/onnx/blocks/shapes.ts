/** Shapes of what the nodes of an ONNX graph make, as far as their kinds are known here. */
import type { Shape } from '../../graph/graph.ts';
import { sizeOf } from '../../graph/graph.ts';
import type { OnnxNode } from '../proto.ts';
import { sliced, viewOf } from '../view.ts';

type Rule = (node: OnnxNode, shapes: readonly Shape[], ints: readonly (readonly number[])[]) => Shape | undefined;

/** The shape that several broadcast to. */
const broadcast: Rule = (_, shapes) =>
  shapes.reduce((a, b) => {
    const rank = Math.max(a.length, b.length);
    const size = (shape: Shape, axis: number): number => shape[axis - rank + shape.length] ?? 1;
    return Array.from({ length: rank }, (_, axis) => (size(a, axis) === 1 ? size(b, axis) : size(a, axis)));
  });

const same: Rule = (_, [x]) => x;

const conv: Rule = ({ attributes }, [x, w]) => {
  if (x?.length !== 4 || w === undefined) return undefined;
  const all = (name: string, value: number, count: number): readonly number[] =>
    (attributes[name] as readonly number[] | undefined) ?? Array(count).fill(value);
  const [strides, dilations, pads] = [all('strides', 1, 2), all('dilations', 1, 2), all('pads', 0, 4)];
  const along = (i: 0 | 1): number => {
    const span = (dilations[i] as number) * ((w[2 + i] as number) - 1) + 1;
    const padded = (x[2 + i] as number) + (pads[i] as number) + (pads[2 + i] as number);
    return Math.floor((padded - span) / (strides[i] as number)) + 1;
  };
  return [x[0] as number, w[0] as number, along(0), along(1)];
};

const pool: Rule = (node, [x, ...rest], ints) =>
  x && conv(node, [x, [x[1] as number, 0, ...(node.attributes.kernel_shape as readonly number[])], ...rest], ints);

const gather: Rule = ({ attributes }, [x, positions]) =>
  x && positions && x.toSpliced(attributes.axis as number, 1, ...positions);

const reshape: Rule = (_, [x], [target]) => {
  if (x === undefined || target === undefined) return undefined;
  const sizes = target.map((size, axis) => (size === 0 ? (x[axis] as number) : size));
  const known = sizes.reduce((product, size) => (size < 0 ? product : product * size), 1);
  return sizes.map((size) => (size < 0 ? sizeOf(x) / known : size));
};

const matMul: Rule = (node, [a, b], ints) => {
  if (a === undefined || b === undefined || a.length < 2 || b.length < 2) return undefined;
  const outer = broadcast(node, [a.slice(0, -2), b.slice(0, -2)], ints) as Shape;
  return [...outer, a.at(-2) as number, b.at(-1) as number];
};

const reduce: Rule = ({ attributes }, [x], [axes]) => {
  if (x === undefined || axes === undefined) return undefined;
  const summed = (axis: number): boolean => axes.includes(axis) || axes.includes(axis - x.length);
  if (attributes.keepdims === 0) return x.filter((_, axis) => !summed(axis));
  return x.map((size, axis) => (summed(axis) ? 1 : size));
};

const concat: Rule = ({ attributes }, shapes) => {
  const axis = attributes.axis as number;
  return shapes[0]?.with(
    axis,
    shapes.reduce((sum, shape) => sum + (shape.at(axis) as number), 0),
  );
};

const transpose: Rule = ({ attributes }, [x]) =>
  x && (attributes.perm as readonly number[]).map((axis) => x[axis] as number);

const gemm: Rule = ({ attributes }, [a, b]) => {
  if (a === undefined || b === undefined) return undefined;
  return [a[attributes.transA ? 1 : 0] as number, b[attributes.transB ? 0 : 1] as number];
};

const convTranspose: Rule = ({ attributes }, [x, w]) => {
  if (x?.length !== 4 || w === undefined) return undefined;
  const [strides, pads, more] = ['strides', 'pads', 'output_padding'].map((name) => attributes[name]) as number[][];
  const along = (i: 0 | 1): number =>
    (strides?.[i] ?? 1) * ((x[2 + i] as number) - 1) +
    (w[2 + i] as number) +
    (more?.[i] ?? 0) -
    (pads?.[i] ?? 0) -
    (pads?.[2 + i] ?? 0);
  return [x[0] as number, (w[1] as number) * (attributes.group as number), along(0), along(1)];
};

const pad: Rule = (_, [x], [pads]) =>
  x?.map((size, axis) => size + (pads?.[axis] as number) + (pads?.[axis + x.length] as number));

const slice: Rule = (_, [x], [begins = [], ends = [], axes = [], steps = []]) => {
  const data = viewOf(new Float32Array(), x ?? []);
  return axes.reduce((view, axis, i) => sliced(view, axis, begins[i] as number, ends[i] as number, steps[i] ?? 1), data)
    .dims;
};

const expand: Rule = (node, [x], [target]) => target && broadcast(node, [x as Shape, target], []);

const BROADCAST = ['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min', 'Pow', 'Where', 'Greater', 'Less', 'Equal'];
const SAME = [
  'Relu',
  'HardSigmoid',
  'LeakyRelu',
  'Elu',
  'Tanh',
  'Sigmoid',
  'Softplus',
  'Neg',
  'Abs',
  'Exp',
  'Log',
  'Sqrt',
];
const MORE = ['Reciprocal', 'Sin', 'Cos', 'Erf', 'Sign', 'Cast', 'Identity', 'Not'];

const rules: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(BROADCAST.map((type) => [type, broadcast])),
  ...Object.fromEntries([...SAME, ...MORE].map((type) => [type, same])),
  Concat: concat,
  Conv: conv,
  ConvTranspose: convTranspose,
  Expand: expand,
  Gather: gather,
  Gemm: gemm,
  MatMul: matMul,
  MaxPool: pool,
  Pad: pad,
  ReduceMax: reduce,
  ReduceMin: reduce,
  ReduceSum: reduce,
  Reshape: reshape,
  Slice: slice,
  ScatterElements: same,
  Softmax: same,
  Transpose: transpose,
};

/** The shape of what a node makes, all of one, if it follows from those of its inputs; `ints` are the sizes and axes among them, in order. */
export function shapeAfter(
  node: OnnxNode,
  shapes: readonly (Shape | undefined)[],
  ints: readonly (readonly number[])[],
): Shape | undefined {
  const known = shapes.filter((shape) => shape !== undefined);
  return known.length < shapes.length ? undefined : rules[node.type]?.(node, known, ints);
}
