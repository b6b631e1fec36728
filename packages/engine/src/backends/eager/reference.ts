/** The meaning of each operation of a graph, as tfjs operations that run immediately: the reference for every executor. */
import { BINARY, type BinaryOp, type Node, type Op, type Shape, UNARY, type UnaryOp } from '../../graph/graph.ts';
import { tabulate } from '../../graph/table.ts';
import { Conv2d, Conv2dFilterGrad, type Conv2dGeometry, Conv2dInputGrad, runConv } from '../../kernels/conv2d.ts';
import { maxPoolWithPositions, type PoolGeometry, putAt, takeAt } from '../../kernels/max-pool2d.ts';
import * as tf from '../../tf.ts';

type Row = (inputs: tf.Tensor[], node: Node) => tf.Tensor;

const first = (inputs: tf.Tensor[]): tf.Tensor => inputs[0] as tf.Tensor;
const list = (shape: unknown): number[] => [...(shape as Shape)];

const unary: Record<UnaryOp, (x: tf.Tensor, alpha: number) => tf.Tensor> = {
  Abs: tf.abs,
  Ceil: tf.ceil,
  Cos: tf.cos,
  Elu: tf.elu,
  Erf: tf.erf,
  Exp: tf.exp,
  Expm1: tf.expm1,
  Floor: tf.floor,
  LeakyRelu: (x, alpha) => tf.leakyRelu(x, alpha),
  Log: tf.log,
  Log1p: tf.log1p,
  LogicalNot: tf.logicalNot,
  Neg: tf.neg,
  Reciprocal: tf.reciprocal,
  Relu: tf.relu,
  Round: tf.round,
  Rsqrt: tf.rsqrt,
  Sigmoid: tf.sigmoid,
  Sign: tf.sign,
  Sin: tf.sin,
  Softplus: tf.softplus,
  Sqrt: tf.sqrt,
  Square: tf.square,
  Step: (x, alpha) => tf.step(x, alpha),
  Tanh: tf.tanh,
};

const binary: Record<BinaryOp, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor> = {
  Add: tf.add,
  Sub: tf.sub,
  Multiply: tf.mul,
  RealDiv: tf.div,
  Maximum: tf.maximum,
  Minimum: tf.minimum,
  Pow: tf.pow,
  Equal: tf.equal,
  NotEqual: tf.notEqual,
  Greater: tf.greater,
  GreaterEqual: tf.greaterEqual,
  Less: tf.less,
  LessEqual: tf.lessEqual,
  LogicalAnd: tf.logicalAnd,
  LogicalOr: tf.logicalOr,
};

const conv =
  (kernel: string): Row =>
  ([a, b], node) =>
    runConv(kernel, a as tf.Tensor, b as tf.Tensor, node.attrs as unknown as Conv2dGeometry);

const pool = (inputs: tf.Tensor[], node: Node): [tf.Tensor, tf.Tensor] =>
  maxPoolWithPositions(first(inputs), node.attrs as unknown as PoolGeometry);

const unaryRow =
  (op: UnaryOp): Row =>
  (inputs, node) =>
    unary[op](first(inputs), (node.attrs.alpha as number) ?? 0);

const binaryRow =
  (op: BinaryOp): Row =>
  (inputs) =>
    binary[op](first(inputs), inputs[1] as tf.Tensor);

const rows: Record<Exclude<Op, 'Parameter'>, Row> = {
  ...tabulate(UNARY, unaryRow),
  ...tabulate(BINARY, binaryRow),
  Const: (_, node) => tf.tensor(node.attrs.values as Float32Array, list(node.shape), node.dtype),
  Fill: (_, node) =>
    tf.fill(list(node.shape), node.attrs.value as number, node.dtype === 'bool' ? 'float32' : node.dtype),
  Cast: (inputs, node) => tf.cast(first(inputs), node.dtype),
  Select: ([condition, t, e]) => tf.where(condition as tf.Tensor, t as tf.Tensor, e as tf.Tensor),
  Sum: (inputs, node) => tf.sum(first(inputs), list(node.attrs.axes), true),
  Max: (inputs, node) => tf.max(first(inputs), list(node.attrs.axes), true),
  Min: (inputs, node) => tf.min(first(inputs), list(node.attrs.axes), true),
  ArgMax: (inputs, node) => tf.reshape(tf.argMax(first(inputs), node.attrs.axis as number), list(node.shape)),
  ArgMin: (inputs, node) => tf.reshape(tf.argMin(first(inputs), node.attrs.axis as number), list(node.shape)),
  Softmax: (inputs) => tf.softmax(first(inputs)),
  Reshape: (inputs, node) => tf.reshape(first(inputs), list(node.shape)),
  BroadcastTo: (inputs, node) => tf.broadcastTo(first(inputs), list(node.shape)),
  Transpose: (inputs, node) => tf.transpose(first(inputs), list(node.attrs.perm)),
  Slice: (inputs, node) => tf.slice(first(inputs), list(node.attrs.begin), list(node.shape)),
  Pad: (inputs, node) => {
    const after = list(node.attrs.after);
    const paddings = list(node.attrs.before).map((before, i) => [before, after[i] as number] as [number, number]);
    return tf.pad(first(inputs), paddings, node.attrs.value as number);
  },
  Concat: (inputs, node) => tf.concat(inputs, node.attrs.axis as number),
  Tile: (inputs, node) => tf.tile(first(inputs), list(node.attrs.reps)),
  Reverse: (inputs, node) => tf.reverse(first(inputs), list(node.attrs.axes)),
  MatMul: ([a, b], node) =>
    tf.matMul(a as tf.Tensor, b as tf.Tensor, node.attrs.transposeA as boolean, node.attrs.transposeB as boolean),
  Conv2d: conv(Conv2d),
  Conv2dInputGrad: conv(Conv2dInputGrad),
  Conv2dFilterGrad: conv(Conv2dFilterGrad),
  MaxPool2d: (inputs, node) => pool(inputs, node)[0],
  MaxPool2dPositions: (inputs, node) => pool(inputs, node)[1],
  TakeAt: ([x, positions]) => takeAt(x as tf.Tensor, positions as tf.Tensor),
  PutAt: ([x, positions], node) => putAt(x as tf.Tensor, positions as tf.Tensor, node.shape),
};

/** Runs one node (any but a Parameter) on tfjs' current backend. */
export function evaluate(node: Node, inputs: tf.Tensor[]): tf.Tensor {
  return rows[node.op as Exclude<Op, 'Parameter'>](inputs, node);
}

/** Every operation that a graph may have, beside its parameters. */
export const OPERATIONS = Object.keys(rows) as readonly Exclude<Op, 'Parameter'>[];
