/** Shape inference over an ONNX graph, for the operations that stand between convolutions. */
import { type Shape, sizeOf } from '../../../graph/graph.ts';
import { broadcast, matMulShape, reduced, resolved } from '../../../graph/shapes.ts';
import { sliced, viewOf } from '../fold/view.ts';
import type { OnnxNode } from '../format.ts';

type Rule = (node: OnnxNode, shapes: readonly Shape[], ints: readonly (readonly number[])[]) => Shape | undefined;

const elementwise: Rule = ({ type }, shapes) => shapes.reduce((a, b) => broadcast(type, a, b));

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

const reshape: Rule = (_, [x], [target]) => x && target && resolved(target, sizeOf(x));

const matMul: Rule = ({ attributes: { transA = 0, transB = 0 } }, [a, b]) =>
  a && b && matMulShape(a, b, transA === 1, transB === 1);

const reduce: Rule = ({ attributes }, [x], [axes]) => {
  if (x === undefined || axes === undefined) return undefined;
  return attributes.keepdims === 0 ? x.filter((_, axis) => !axes.includes(axis)) : reduced(x, axes);
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

const expand: Rule = ({ type }, [x], [target]) => x && target && broadcast(type, x, target);

const BROADCAST = ['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min', 'Pow', 'Where', 'Greater', 'Less', 'Equal'];
/** Functions of single values that stand between convolutions; Relu is not among them, since a convolution takes it in. */
export const BETWEEN_CONVOLUTIONS = ['HardSigmoid', 'LeakyRelu', 'Elu', 'Tanh', 'Sigmoid', 'Softplus', 'Neg'];
const SAME = [
  ...BETWEEN_CONVOLUTIONS,
  'Relu',
  'Abs',
  'Exp',
  'Log',
  'Sqrt',
  'Reciprocal',
  'Sin',
  'Cos',
  'Erf',
  'Sign',
  'Cast',
  'Identity',
  'Not',
];

const rules: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(BROADCAST.map((type) => [type, elementwise])),
  ...Object.fromEntries(SAME.map((type) => [type, same])),
  Concat: concat,
  Conv: conv,
  ConvTranspose: convTranspose,
  Expand: expand,
  Gather: gather,
  Gemm: matMul,
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

/** The shape of a node's outputs, which all have the same; undefined where it cannot be inferred. `ints`: the inputs that are sizes or axes, in order. */
export function shapeAfter(
  node: OnnxNode,
  shapes: readonly (Shape | undefined)[],
  ints: readonly (readonly number[])[],
): Shape | undefined {
  const known = shapes.filter((shape) => shape !== undefined);
  return known.length < shapes.length ? undefined : rules[node.type]?.(node, known, ints);
}
