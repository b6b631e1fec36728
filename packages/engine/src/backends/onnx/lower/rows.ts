/** What each operation of a graph is in ONNX: one row an operation; an operation without a row fails to compile. */
import { type BinaryOp, type Node, type Op, sizeOf, type UnaryOp } from '../../../graph/graph.ts';
import type { PoolGeometry } from '../../../kernels/max-pool2d.ts';
import type { ChwnGeometry } from '../chwn.ts';
import { ONNX_TYPE } from '../format.ts';
import { lowerConv2d } from './conv.ts';
import type { Emitter } from './emitter.ts';
import { lowerConv2dFilterGrad } from './filter-grad.ts';
import { lowerConv2dInputGrad } from './input-grad.ts';
import { lowerMaxPool } from './pool.ts';
import { lowerSum } from './sum.ts';
import { lowerTranspose } from './transpose.ts';

/** One node that is to be lowered. */
interface Site {
  e: Emitter;
  node: Node;
  /** Names of the inputs and the nodes that made them. */
  inputs: readonly string[];
  sources: readonly Node[];
}

type Row = (site: Site) => string;

const named =
  (type: string): Row =>
  ({ e, inputs }) =>
    e.emit(type, inputs);

const unary: Record<UnaryOp, Row> = {
  Abs: named('Abs'),
  Ceil: named('Ceil'),
  Cos: named('Cos'),
  Elu: named('Elu'),
  Erf: named('Erf'),
  Exp: named('Exp'),
  Expm1: ({ e, inputs }) => e.emit('Sub', [e.emit('Exp', inputs), e.scalar(1)]),
  Floor: named('Floor'),
  LeakyRelu: ({ e, inputs, node }) => e.emit('LeakyRelu', inputs, { alpha: { float: node.attrs.alpha as number } }),
  Log: named('Log'),
  Log1p: ({ e, inputs }) => e.emit('Log', [e.emit('Add', [inputs[0] as string, e.scalar(1)])]),
  LogicalNot: named('Not'),
  Neg: named('Neg'),
  Reciprocal: named('Reciprocal'),
  Relu: named('Relu'),
  Round: named('Round'),
  Rsqrt: ({ e, inputs }) => e.emit('Reciprocal', [e.emit('Sqrt', inputs)]),
  Sigmoid: named('Sigmoid'),
  Sign: named('Sign'),
  Sin: named('Sin'),
  Softplus: named('Softplus'),
  Sqrt: named('Sqrt'),
  Square: ({ e, inputs: [x] }) => e.emit('Mul', [x as string, x as string]),
  Step: ({ e, inputs, node }) => {
    const x = inputs[0] as string;
    const alpha = (node.attrs.alpha as number | undefined) ?? 0;
    // The slope below overflows, and a shader need not handle infinities.
    if (alpha === 0 && e.device === 'webgpu') {
      return e.emit('Cast', [e.emit('Greater', [x, e.scalar(0)])], { to: ONNX_TYPE.float32 });
    }
    // A slope so steep that every positive number saturates: one pass, where a comparison and a cast are two.
    if (alpha === 0) return e.emit('HardSigmoid', [x], { alpha: { float: 3e38 }, beta: { float: 0 } });
    return e.emit('Where', [e.emit('Greater', [x, e.scalar(0)]), e.scalar(1), e.scalar(alpha)]);
  },
  Tanh: named('Tanh'),
};

const binary: Record<BinaryOp, Row> = {
  Add: named('Add'),
  // Added constants become a convolution's bias.
  Sub: ({ e, inputs: [a, b] }) =>
    e.isConstant(b as string) && !e.isConstant(a as string)
      ? e.emit('Add', [a as string, e.emit('Neg', [b as string])])
      : e.emit('Sub', [a as string, b as string]),
  Multiply: named('Mul'),
  RealDiv: named('Div'),
  Maximum: named('Max'),
  Minimum: named('Min'),
  Pow: named('Pow'),
  Equal: named('Equal'),
  NotEqual: ({ e, inputs }) => e.emit('Not', [e.emit('Equal', inputs)]),
  Greater: named('Greater'),
  GreaterEqual: named('GreaterOrEqual'),
  Less: named('Less'),
  LessEqual: named('LessOrEqual'),
  LogicalAnd: named('And'),
  LogicalOr: named('Or'),
};

const reduce =
  (type: string): Row =>
  ({ e, inputs, node }) =>
    e.emit(type, [inputs[0] as string, e.ints(node.attrs.axes as readonly number[])], { keepdims: 1 });

const arg =
  (type: string): Row =>
  ({ e, inputs, node }) =>
    e.emit('Cast', [e.emit(type, inputs, { axis: node.attrs.axis as number, keepdims: 1 })], { to: ONNX_TYPE.int32 });

const conv =
  (lower: (e: Emitter, a: string, b: string, g: ChwnGeometry) => string): Row =>
  ({ e, inputs: [a, b], node }) =>
    lower(e, a as string, b as string, node.attrs as unknown as ChwnGeometry);

const pool =
  (output: 0 | 1): Row =>
  ({ e, inputs: [x], node, sources: [source] }) =>
    lowerMaxPool(e, x as string, (source as Node).shape, node.shape, node.attrs as unknown as PoolGeometry, output);

/** [m, n] with the last two axes exchanged. */
function exchanged(e: Emitter, x: string, rank: number): string {
  return e.transpose(x, [...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2]);
}

const matMul: Row = ({ e, inputs: [a, b], node, sources }) => {
  const { transposeA, transposeB } = node.attrs;
  const ranks = sources.map(({ shape }) => shape.length);
  if (ranks[0] === 2 && ranks[1] === 2) {
    return e.emit('Gemm', [a as string, b as string], { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 });
  }
  const left = transposeA ? exchanged(e, a as string, ranks[0] as number) : (a as string);
  const right = transposeB ? exchanged(e, b as string, ranks[1] as number) : (b as string);
  return e.emit('MatMul', [left, right]);
};

export const rows: Readonly<Record<Exclude<Op, 'Parameter'>, Row>> = {
  ...unary,
  ...binary,
  Const: ({ e, node }) => e.constant(node.dtype, node.shape, node.attrs.values as Float32Array),
  Fill: ({ e, node }) => e.filled(node.attrs.value as number, node.shape, node.dtype),
  Cast: ({ e, inputs, node }) => e.emit('Cast', inputs, { to: ONNX_TYPE[node.dtype] }),
  Select: named('Where'),
  Sum: ({ e, inputs: [x], node, sources: [source] }) =>
    lowerSum(e, x as string, (source as Node).shape, node.attrs.axes as readonly number[]),
  Max: reduce('ReduceMax'),
  Min: reduce('ReduceMin'),
  ArgMax: arg('ArgMax'),
  ArgMin: arg('ArgMin'),
  Softmax: ({ e, inputs }) => e.emit('Softmax', inputs, { axis: -1 }),
  Reshape: ({ e, inputs, node }) => e.reshape(inputs[0] as string, node.shape),
  BroadcastTo: ({ e, inputs, node }) => e.emit('Expand', [inputs[0] as string, e.ints(node.shape as number[])]),
  Transpose: ({ e, inputs, node, sources: [x] }) =>
    lowerTranspose(e, inputs[0] as string, x as Node, node.attrs.perm as readonly number[], node.shape),
  Slice: ({ e, inputs, node }) => {
    const begin = node.attrs.begin as readonly number[];
    return e.slice(
      inputs[0] as string,
      begin.map((_, axis) => axis),
      begin,
      begin.map((from, axis) => from + (node.shape[axis] as number)),
    );
  },
  Pad: ({ e, inputs, node, sources: [x] }) =>
    e.pad(
      inputs[0] as string,
      (x as Node).shape,
      node.attrs.before as readonly number[],
      node.attrs.after as readonly number[],
      node.attrs.value as number,
    ),
  Concat: ({ e, inputs, node }) => e.emit('Concat', inputs, { axis: node.attrs.axis as number }),
  Tile: ({ e, inputs, node }) => e.emit('Tile', [inputs[0] as string, e.ints(node.attrs.reps as readonly number[])]),
  Reverse: ({ e, inputs, node }) => e.reverse(inputs[0] as string, node.attrs.axes as readonly number[]),
  MatMul: matMul,
  Conv2d: conv(lowerConv2d),
  Conv2dInputGrad: conv(lowerConv2dInputGrad),
  Conv2dFilterGrad: conv(lowerConv2dFilterGrad),
  MaxPool2d: pool(0),
  MaxPool2dPositions: pool(1),
  TakeAt: ({ e, inputs: [x, positions] }) =>
    e.emit('Gather', [e.reshape(x as string, [-1]), positions as string], { axis: 0 }),
  PutAt: ({ e, inputs: [x, positions], node }) => {
    const zeros = e.filled(0, [sizeOf(node.shape)]);
    const operands = [zeros, e.reshape(positions as string, [-1]), e.reshape(x as string, [-1])];
    return e.reshape(e.emit('ScatterElements', operands, { axis: 0, reduction: 'add' }), node.shape);
  },
};
