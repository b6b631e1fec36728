/** What each operation of a graph is in TensorFlow: one row an operation. */
import { type BinaryOp, type Node, type Op, type Shape, sameShape, type UnaryOp } from '../graph/graph.ts';
import { inMemory, type Order } from '../graph/order.ts';
import { aligned, arranged, commonOrder, placed, plain, reshaped } from '../graph/placed.ts';
import type { Conv2dGeometry } from '../kernels/conv2d.ts';
import type { PoolGeometry } from '../kernels/max-pool2d.ts';
import { type Emitter, type Handle, types, type Value } from './emitter.ts';
import { lowerConv2d, lowerConv2dFilterGrad, lowerConv2dInputGrad } from './lower-conv.ts';
import { lowerMatMul } from './lower-matmul.ts';
import { lowerMaxPool2d, lowerPutAt, lowerTakeAt } from './lower-pool.ts';
import { lowerSum } from './lower-sum.ts';
import type { TfAttribute } from './proto.ts';

/** A value as lowered, and of a mask: the value that is positive where it is 1, and not where it is 0. */
export interface Lowered extends Value {
  readonly maskOf?: Value;
}

/** One node that is to be lowered. */
export interface Site {
  e: Emitter;
  node: Node;
  inputs: readonly Lowered[];
}

type Row = (site: Site) => Lowered;

/** The result of a node in an order of its axes. */
const result = (handle: Handle, node: Node, order: Order): Value => placed(handle, node.shape, order);

const first = ({ inputs }: Site): Value => inputs[0] as Value;

/** Elements one by one, in whatever order they lie. */
const elementwise =
  (emit: (x: Handle, site: Site) => Handle): Row =>
  (site) =>
    result(emit(first(site).handle, site), site.node, first(site).order);

const unaryOp =
  (op: string, attributes: (node: Node) => Record<string, TfAttribute> = () => ({})) =>
  (x: Handle, { e, node }: Site): Handle =>
    e.emit(op, [x], { ...types({ T: x.dtype }), ...attributes(node) }, { shape: x.shape });

const named = (op: string): Row => elementwise(unaryOp(op));

const unary: Record<UnaryOp, Row> = {
  Abs: named('Abs'),
  Ceil: named('Ceil'),
  Cos: named('Cos'),
  Elu: named('Elu'),
  Erf: named('Erf'),
  Exp: named('Exp'),
  Expm1: named('Expm1'),
  Floor: named('Floor'),
  LeakyRelu: elementwise(unaryOp('LeakyRelu', (node) => ({ alpha: { float: node.attrs.alpha as number } }))),
  Log: named('Log'),
  Log1p: named('Log1p'),
  LogicalNot: elementwise((x, { e }) => e.emit('LogicalNot', [x], {}, { shape: x.shape })),
  Neg: named('Neg'),
  Reciprocal: named('Reciprocal'),
  Relu: named('Relu'),
  Round: named('Round'),
  Rsqrt: named('Rsqrt'),
  Sigmoid: named('Sigmoid'),
  Sign: named('Sign'),
  Sin: named('Sin'),
  Softplus: named('Softplus'),
  Sqrt: named('Sqrt'),
  Square: named('Square'),
  Step: (site) => {
    const { e, node } = site;
    const x = first(site);
    const { shape } = x.handle;
    const alpha = (node.attrs.alpha as number | undefined) ?? 0;
    const zero = e.filled('float32', [], 0);
    const positive = e.emit('Greater', [x.handle, zero], types({ T: 'float32' }), { shape, dtype: 'bool' });
    if (alpha === 0) return { ...result(e.cast(positive, 'float32'), node, x.order), maskOf: x };
    const operands = [positive, e.filled('float32', [], 1), e.filled('float32', [], alpha)];
    const handle = e.emit('SelectV2', operands, types({ T: 'float32' }), { shape, dtype: 'float32' });
    return result(handle, node, x.order);
  },
  Tanh: named('Tanh'),
};

/** Operands that broadcast, in the order of the largest. */
const broadcasting =
  (op: string, typed = true): Row =>
  ({ e, node, inputs }) => {
    const order = commonOrder(inputs, node.shape.length);
    const operands = aligned(e, inputs, order);
    const attributes = typed ? types({ T: (operands.at(-1) as Handle).dtype }) : {};
    return result(
      e.emit(op, operands, attributes, { shape: inMemory(node.shape, order), dtype: node.dtype }),
      node,
      order,
    );
  };

const product = broadcasting('Mul');

/** The gradient of a relu passes a mask: one operation instead of a comparison, a cast and a product. */
const multiply: Row = (site) => {
  const { e, node, inputs } = site;
  const masks = inputs.filter(({ maskOf, shape }) => maskOf !== undefined && sameShape(shape, node.shape));
  const mask = masks[0];
  const gradient = inputs[0] === mask ? inputs[1] : inputs[0];
  if (mask?.maskOf === undefined || gradient === undefined || !sameShape(gradient.shape, node.shape)) {
    return product(site);
  }
  const order = commonOrder([gradient, mask], node.shape.length);
  const operands = [gradient, mask.maskOf].map((x) => arranged(e, x, order));
  return result(
    e.emit('ReluGrad', operands, types({ T: 'float32' }), { shape: inMemory(node.shape, order) }),
    node,
    order,
  );
};

const binary: Record<BinaryOp, Row> = {
  Add: broadcasting('AddV2'),
  Sub: broadcasting('Sub'),
  Multiply: multiply,
  RealDiv: broadcasting('RealDiv'),
  Maximum: broadcasting('Maximum'),
  Minimum: broadcasting('Minimum'),
  Pow: broadcasting('Pow'),
  Equal: broadcasting('Equal'),
  NotEqual: broadcasting('NotEqual'),
  Greater: broadcasting('Greater'),
  GreaterEqual: broadcasting('GreaterEqual'),
  Less: broadcasting('Less'),
  LessEqual: broadcasting('LessEqual'),
  LogicalAnd: broadcasting('LogicalAnd', false),
  LogicalOr: broadcasting('LogicalOr', false),
};

const reduce =
  (op: string): Row =>
  (site) => {
    const { e, node } = site;
    const { handle, order } = first(site);
    const axes = (node.attrs.axes as readonly number[]).map((axis) => order.indexOf(axis));
    const attributes = { ...types({ T: 'float32', Tidx: 'int32' }), keep_dims: true };
    return result(e.emit(op, [handle, e.ints(axes)], attributes, { shape: inMemory(node.shape, order) }), node, order);
  };

const arg =
  (op: string): Row =>
  (site) => {
    const { e, node } = site;
    const { handle, order } = first(site);
    const axis = order.indexOf(node.attrs.axis as number);
    const shape = handle.shape.filter((_, i) => i !== axis);
    const attributes = types({ T: 'float32', Tidx: 'int32', output_type: 'int32' });
    const found = e.emit(op, [handle, e.int(axis)], attributes, { shape, dtype: 'int32' });
    return result(e.reshape(found, inMemory(node.shape, order)), node, order);
  };

/** Reads one number per axis of an attribute, in the order in which the axes lie. */
const perAxis = (values: unknown, order: Order): number[] => inMemory(values as Shape, order);

const conv =
  (lower: (e: Emitter, a: Value, b: Value, g: Conv2dGeometry) => Value): Row =>
  ({ e, node, inputs: [a, b] }) =>
    lower(e, a as Value, b as Value, node.attrs as unknown as Conv2dGeometry);

const pool =
  (output: 0 | 1): Row =>
  (site) =>
    lowerMaxPool2d(site.e, first(site), site.node.shape, site.node.attrs as unknown as PoolGeometry)[output];

export const rows: Record<Exclude<Op, 'Parameter'>, Row> = {
  ...unary,
  ...binary,
  Const: ({ e, node }) => placed(e.constant(node.dtype, node.shape, node.attrs.values as Float32Array), node.shape),
  Fill: ({ e, node }) => placed(e.filled(node.dtype, node.shape, node.attrs.value as number), node.shape),
  Cast: elementwise((x, { e, node }) => e.cast(x, node.dtype)),
  Select: broadcasting('SelectV2'),
  Sum: (site) => lowerSum(site.e, first(site), site.node.attrs.axes as readonly number[]),
  Max: reduce('Max'),
  Min: reduce('Min'),
  ArgMax: arg('ArgMax'),
  ArgMin: arg('ArgMin'),
  Softmax: (site) => {
    const logits = plain(site.e, first(site));
    return placed(site.e.emit('Softmax', [logits], types({ T: 'float32' }), { shape: logits.shape }), site.node.shape);
  },
  Reshape: (site) => reshaped(site.e, first(site), site.node.shape),
  BroadcastTo: ({ e, node, inputs }) => {
    const order = commonOrder(inputs, node.shape.length);
    const [x] = aligned(e, inputs, order) as [Handle];
    const shape = inMemory(node.shape, order);
    return result(
      e.emit('BroadcastTo', [x, e.ints(shape)], types({ T: x.dtype, Tidx: 'int32' }), { shape }),
      node,
      order,
    );
  },
  // Nothing moves: the result's axis i is the source's axis perm[i].
  Transpose: (site) => {
    const { handle, order } = first(site);
    const perm = site.node.attrs.perm as readonly number[];
    return result(
      handle,
      site.node,
      order.map((axis) => perm.indexOf(axis)),
    );
  },
  Slice: (site) => {
    const { handle, order } = first(site);
    const begin = perAxis(site.node.attrs.begin, order);
    return result(site.e.slice(handle, begin, inMemory(site.node.shape, order)), site.node, order);
  },
  Pad: (site) => {
    const { e, node } = site;
    const { handle, order } = first(site);
    const [before, after] = [perAxis(node.attrs.before, order), perAxis(node.attrs.after, order)];
    return result(e.pad(handle, before, after, node.attrs.value as number), node, order);
  },
  Concat: ({ e, node, inputs }) => {
    const order = commonOrder(inputs, node.shape.length);
    const values = inputs.map((x) => arranged(e, x, order));
    return result(e.concat(values, order.indexOf(node.attrs.axis as number)), node, order);
  },
  Tile: (site) => {
    const { e, node } = site;
    const { handle, order } = first(site);
    const operands = [handle, e.ints(perAxis(node.attrs.reps, order))];
    const shape = inMemory(node.shape, order);
    return result(e.emit('Tile', operands, types({ T: handle.dtype, Tmultiples: 'int32' }), { shape }), node, order);
  },
  Reverse: (site) => {
    const { e, node } = site;
    const { handle, order } = first(site);
    const axes = (node.attrs.axes as readonly number[]).map((axis) => order.indexOf(axis));
    const attributes = types({ T: handle.dtype, Tidx: 'int32' });
    return result(e.emit('ReverseV2', [handle, e.ints(axes)], attributes, { shape: handle.shape }), node, order);
  },
  MatMul: lowerMatMul,
  Conv2d: conv(lowerConv2d),
  Conv2dInputGrad: conv(lowerConv2dInputGrad),
  Conv2dFilterGrad: conv(lowerConv2dFilterGrad),
  MaxPool2d: pool(0),
  MaxPool2dPositions: pool(1),
  TakeAt: ({ e, inputs: [x, positions] }) => lowerTakeAt(e, x as Value, positions as Value),
  PutAt: ({ e, node, inputs: [x, positions] }) => lowerPutAt(e, x as Value, positions as Value, node.shape),
};
