/** What each operation of a graph is in TensorFlow: one row an operation. */
import { type BinaryOp, type Node, type Op, type Shape, sameShape, type UnaryOp } from '../../graph/graph.ts';
import { alignLayouts, commonLayout, laidOut, reorder, reshaped, toRowMajor } from '../../graph/laid-out.ts';
import { type Layout, physicalShape } from '../../graph/layout.ts';
import type { Conv2dGeometry } from '../../kernels/conv2d.ts';
import type { PoolGeometry } from '../../kernels/max-pool2d.ts';
import { lowerConv2d, lowerConv2dFilterGrad, lowerConv2dInputGrad } from './conv.ts';
import { type Emitter, type Handle, types, type Value } from './emitter.ts';
import { lowerMatMul } from './matmul.ts';
import { lowerMaxPool2d, lowerPutAt, lowerTakeAt } from './pool.ts';
import type { TfAttribute } from './proto.ts';
import { lowerSum } from './sum.ts';

/** A lowered value. `maskOf`: for a mask, the value that is positive exactly where the mask is 1. */
export interface Lowered extends Value {
  readonly maskOf?: Value;
}

/** One node that is to be lowered. */
interface Site {
  e: Emitter;
  node: Node;
  inputs: readonly Lowered[];
}

type Row = (site: Site) => Lowered;

/** The result of a node in a layout. */
const result = (handle: Handle, node: Node, layout: Layout): Value => laidOut(handle, node.shape, layout);

const first = ({ inputs }: Site): Value => inputs[0] as Value;

/** An operation on single values, in any layout. */
const elementwise =
  (emit: (x: Handle, site: Site) => Handle): Row =>
  (site) =>
    result(emit(first(site).handle, site), site.node, first(site).layout);

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
    if (alpha === 0) return { ...result(e.cast(positive, 'float32'), node, x.layout), maskOf: x };
    const operands = [positive, e.filled('float32', [], 1), e.filled('float32', [], alpha)];
    const handle = e.emit('SelectV2', operands, types({ T: 'float32' }), { shape, dtype: 'float32' });
    return result(handle, node, x.layout);
  },
  Tanh: named('Tanh'),
};

/** An operation on operands that broadcast, in the layout of the largest. */
const broadcasting =
  (op: string, typed = true): Row =>
  ({ e, node, inputs }) => {
    const layout = commonLayout(inputs, node.shape.length);
    const operands = alignLayouts(e, inputs, layout);
    const attributes = typed ? types({ T: (operands.at(-1) as Handle).dtype }) : {};
    return result(
      e.emit(op, operands, attributes, { shape: physicalShape(node.shape, layout), dtype: node.dtype }),
      node,
      layout,
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
  const layout = commonLayout([gradient, mask], node.shape.length);
  const operands = [gradient, mask.maskOf].map((x) => reorder(e, x, layout));
  return result(
    e.emit('ReluGrad', operands, types({ T: 'float32' }), { shape: physicalShape(node.shape, layout) }),
    node,
    layout,
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
    const { handle, layout } = first(site);
    const axes = (node.attrs.axes as readonly number[]).map((axis) => layout.indexOf(axis));
    const attributes = { ...types({ T: 'float32', Tidx: 'int32' }), keep_dims: true };
    return result(
      e.emit(op, [handle, e.ints(axes)], attributes, { shape: physicalShape(node.shape, layout) }),
      node,
      layout,
    );
  };

const arg =
  (op: string): Row =>
  (site) => {
    const { e, node } = site;
    const { handle, layout } = first(site);
    const axis = layout.indexOf(node.attrs.axis as number);
    const shape = handle.shape.filter((_, i) => i !== axis);
    const attributes = types({ T: 'float32', Tidx: 'int32', output_type: 'int32' });
    const found = e.emit(op, [handle, e.int(axis)], attributes, { shape, dtype: 'int32' });
    return result(e.reshape(found, physicalShape(node.shape, layout)), node, layout);
  };

/** An attribute with one number an axis, in the order of a layout. */
const perAxis = (values: unknown, layout: Layout): number[] => physicalShape(values as Shape, layout);

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
  Const: ({ e, node }) => laidOut(e.constant(node.dtype, node.shape, node.attrs.values as Float32Array), node.shape),
  Fill: ({ e, node }) => laidOut(e.filled(node.dtype, node.shape, node.attrs.value as number), node.shape),
  Cast: elementwise((x, { e, node }) => e.cast(x, node.dtype)),
  Select: broadcasting('SelectV2'),
  Sum: (site) => lowerSum(site.e, first(site), site.node.attrs.axes as readonly number[]),
  Max: reduce('Max'),
  Min: reduce('Min'),
  ArgMax: arg('ArgMax'),
  ArgMin: arg('ArgMin'),
  Softmax: (site) => {
    const logits = toRowMajor(site.e, first(site));
    return laidOut(site.e.emit('Softmax', [logits], types({ T: 'float32' }), { shape: logits.shape }), site.node.shape);
  },
  Reshape: (site) => reshaped(site.e, first(site), site.node.shape),
  BroadcastTo: ({ e, node, inputs }) => {
    const layout = commonLayout(inputs, node.shape.length);
    const [x] = alignLayouts(e, inputs, layout) as [Handle];
    const shape = physicalShape(node.shape, layout);
    return result(
      e.emit('BroadcastTo', [x, e.ints(shape)], types({ T: x.dtype, Tidx: 'int32' }), { shape }),
      node,
      layout,
    );
  },
  // Nothing moves: the result's axis i is the source's axis perm[i].
  Transpose: (site) => {
    const { handle, layout } = first(site);
    const perm = site.node.attrs.perm as readonly number[];
    return result(
      handle,
      site.node,
      layout.map((axis) => perm.indexOf(axis)),
    );
  },
  Slice: (site) => {
    const { handle, layout } = first(site);
    const begin = perAxis(site.node.attrs.begin, layout);
    return result(site.e.slice(handle, begin, physicalShape(site.node.shape, layout)), site.node, layout);
  },
  Pad: (site) => {
    const { e, node } = site;
    const { handle, layout } = first(site);
    const [before, after] = [perAxis(node.attrs.before, layout), perAxis(node.attrs.after, layout)];
    return result(e.pad(handle, before, after, node.attrs.value as number), node, layout);
  },
  Concat: ({ e, node, inputs }) => {
    const layout = commonLayout(inputs, node.shape.length);
    const values = inputs.map((x) => reorder(e, x, layout));
    return result(e.concat(values, layout.indexOf(node.attrs.axis as number)), node, layout);
  },
  Tile: (site) => {
    const { e, node } = site;
    const { handle, layout } = first(site);
    const operands = [handle, e.ints(perAxis(node.attrs.reps, layout))];
    const shape = physicalShape(node.shape, layout);
    return result(e.emit('Tile', operands, types({ T: handle.dtype, Tmultiples: 'int32' }), { shape }), node, layout);
  },
  Reverse: (site) => {
    const { e, node } = site;
    const { handle, layout } = first(site);
    const axes = (node.attrs.axes as readonly number[]).map((axis) => layout.indexOf(axis));
    const attributes = types({ T: handle.dtype, Tidx: 'int32' });
    return result(e.emit('ReverseV2', [handle, e.ints(axes)], attributes, { shape: handle.shape }), node, layout);
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
