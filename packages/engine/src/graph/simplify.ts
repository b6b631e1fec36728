/**
 * Rewriting rules: algebra with constants, views of views, broadcasts that need not happen, sums over nothing.
 * Automatic differentiation writes many of these (a zero tap added to a layer, a gradient times ones, a transpose and its
 * inverse), and the layout pass is among them: transposes meet and cancel, or move into the matrix product that reads them.
 */

import { type Builder, fill, fillOf, type Rule, reshape } from './builder.ts';
import {
  BINARY,
  type BinaryOp,
  type Node,
  nodeAt,
  type Op,
  type Shape,
  sameShape,
  sizeOf,
  UNARY,
  type UnaryOp,
} from './graph.ts';
import { broadcast } from './shapes.ts';

const input = (node: Node, builder: Builder, i: number): Node => nodeAt(builder.nodes, node.inputs[i] as number);

/** `id` broadcast to `shape`: the identity of an arithmetic operation with its neutral element. */
function widen(builder: Builder, id: number, shape: Shape): number {
  const node = nodeAt(builder.nodes, id);
  return sameShape(node.shape, shape) ? id : builder.add('BroadcastTo', [id], {}, shape, node.dtype);
}

const scalarUnary: Partial<Record<UnaryOp, (x: number) => number>> = {
  Abs: Math.abs,
  Neg: (x) => -x,
  Reciprocal: (x) => 1 / x,
  Relu: (x) => Math.max(0, x),
  Rsqrt: (x) => 1 / Math.sqrt(x),
  Sign: Math.sign,
  Sqrt: Math.sqrt,
  Square: (x) => x * x,
};

const scalarBinary: Partial<Record<BinaryOp, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Multiply: (a, b) => a * b,
  RealDiv: (a, b) => a / b,
  Maximum: Math.max,
  Minimum: Math.min,
};

/** A unary operation on a filled tensor is a filled tensor. */
const foldUnary: Rule = (node, builder) => {
  const value = fillOf(builder, node.inputs[0] as number);
  const f = scalarUnary[node.op as UnaryOp];
  return value === undefined || f === undefined ? undefined : fill(builder, Math.fround(f(value)), node.shape);
};

/** So is a binary operation on two. */
const foldBinary: Rule = (node, builder) => {
  const a = fillOf(builder, node.inputs[0] as number);
  const b = fillOf(builder, node.inputs[1] as number);
  const f = scalarBinary[node.op as BinaryOp];
  if (a === undefined || b === undefined || f === undefined) return undefined;
  return fill(builder, Math.fround(f(a, b)), node.shape);
};

/** x + 0, x - 0, x * 1, x / 1, 0 - x, x * 0, x * -1. */
const neutral: Rule = (node, builder) => {
  const [left, right] = node.inputs as [number, number];
  const a = fillOf(builder, left);
  const b = fillOf(builder, right);
  const { op, shape } = node;
  if ((op === 'Add' || op === 'Sub') && b === 0) return widen(builder, left, shape);
  if (op === 'Add' && a === 0) return widen(builder, right, shape);
  if (op === 'Sub' && a === 0) return builder.add('Neg', [widen(builder, right, shape)], {}, shape);
  if ((op === 'Multiply' || op === 'RealDiv') && b === 1) return widen(builder, left, shape);
  if (op === 'Multiply' && a === 1) return widen(builder, right, shape);
  if (op === 'Multiply' && (a === 0 || b === 0)) return fill(builder, 0, shape);
  if (op === 'RealDiv' && a === 0) return fill(builder, 0, shape);
  return undefined;
};

/** A filled operand need not be larger than one element, nor a broadcast one than its source. */
const narrow: Rule = (node, builder) => {
  const sources = node.inputs.map((id) => {
    const operand = nodeAt(builder.nodes, id);
    if (operand.op === 'Fill' && sizeOf(operand.shape) > 1) {
      return fill(builder, operand.attrs.value as number, [], operand.dtype);
    }
    return operand.op === 'BroadcastTo' ? (operand.inputs[0] as number) : id;
  });
  if (sources.every((id, i) => id === node.inputs[i])) return undefined;
  const shapes = sources.map((id) => nodeAt(builder.nodes, id).shape);
  const shape = shapes.reduce((a, b) => broadcast(node.op, a, b));
  return widen(builder, builder.add(node.op, sources, node.attrs, shape, node.dtype), node.shape);
};

/** Elementwise work on a broadcast tensor is done before the broadcast. */
const beforeBroadcast: Rule = (node, builder) => {
  const operand = input(node, builder, 0);
  if (operand.op !== 'BroadcastTo') return undefined;
  const source = operand.inputs[0] as number;
  const shape = nodeAt(builder.nodes, source).shape;
  return widen(builder, builder.add(node.op, [source], node.attrs, shape, node.dtype), node.shape);
};

/** (x * c) * d = x * (c d), so chains of scalings become one. */
const scaleOfScale: Rule = (node, builder) => {
  const [left, right] = node.inputs as [number, number];
  const [x, c] = fillOf(builder, right) === undefined ? [right, left] : [left, right];
  const outer = fillOf(builder, c);
  const inner = nodeAt(builder.nodes, x);
  if (outer === undefined || inner.op !== 'Multiply') return undefined;
  const [p, q] = inner.inputs as [number, number];
  const [y, d] = fillOf(builder, q) === undefined ? [q, p] : [p, q];
  const factor = fillOf(builder, d);
  if (factor === undefined || !sameShape(nodeAt(builder.nodes, y).shape, node.shape)) return undefined;
  return builder.add('Multiply', [y, fill(builder, Math.fround(outer * factor), [])], {}, node.shape);
};

const doubleNegation: Rule = (node, builder) => {
  const operand = input(node, builder, 0);
  return operand.op === 'Neg' ? (operand.inputs[0] as number) : undefined;
};

/** a + (-b) = a - b, a - (-b) = a + b. */
const signedSum: Rule = (node, builder) => {
  const [left, right] = node.inputs as [number, number];
  const b = nodeAt(builder.nodes, right);
  const other: Op = node.op === 'Add' ? 'Sub' : 'Add';
  if (b.op === 'Neg') return builder.add(other, [left, b.inputs[0] as number], {}, node.shape);
  const a = nodeAt(builder.nodes, left);
  if (node.op === 'Add' && a.op === 'Neg') return builder.add('Sub', [right, a.inputs[0] as number], {}, node.shape);
  return undefined;
};

/** A cast to the type a value already has. */
const castOfCast: Rule = (node, builder) => {
  const operand = input(node, builder, 0);
  return operand.dtype === node.dtype ? (node.inputs[0] as number) : undefined;
};

const sameView: Rule = (node, builder) =>
  sameShape(input(node, builder, 0).shape, node.shape) ? (node.inputs[0] as number) : undefined;

const viewOfView: Rule = (node, builder) => {
  const operand = input(node, builder, 0);
  return operand.op === 'Reshape' ? reshape(builder, operand.inputs[0] as number, node.shape) : undefined;
};

const viewOfFill: Rule = (node, builder) => {
  const operand = input(node, builder, 0);
  return operand.op === 'Fill' ? fill(builder, operand.attrs.value as number, node.shape, operand.dtype) : undefined;
};

/** A transpose that only moves axes of size 1 is a view. */
const transposeAsView: Rule = (node, builder) => {
  const { shape } = input(node, builder, 0);
  const moving = (node.attrs.perm as readonly number[]).filter((axis) => shape[axis] !== 1);
  const ordered = moving.every((axis, i) => i === 0 || axis > (moving[i - 1] as number));
  return ordered ? reshape(builder, node.inputs[0] as number, node.shape) : undefined;
};

const transposeOfTranspose: Rule = (node, builder) => {
  const operand = input(node, builder, 0);
  if (operand.op !== 'Transpose') return undefined;
  const inner = operand.attrs.perm as readonly number[];
  const perm = (node.attrs.perm as readonly number[]).map((axis) => inner[axis] as number);
  return builder.add('Transpose', operand.inputs, { perm }, node.shape, node.dtype);
};

/** Sums over axes of size 1 are views; a sum of a broadcast is a scaled sum of its source; sums of sums are one sum. */
const sumOfNothing: Rule = (node, builder) => {
  const operand = input(node, builder, 0);
  const axes = (node.attrs.axes as readonly number[]).filter((axis) => operand.shape[axis] !== 1);
  if (axes.length === 0) return reshape(builder, node.inputs[0] as number, node.shape);
  if (operand.op === 'Fill') {
    const count = axes.reduce((product, axis) => product * (operand.shape[axis] as number), 1);
    return fill(builder, Math.fround((operand.attrs.value as number) * count), node.shape);
  }
  if (operand.op === 'Sum') {
    const inner = operand.attrs.axes as readonly number[];
    const all = [...new Set([...inner, ...axes])].sort((a, b) => a - b);
    return builder.add('Sum', operand.inputs, { axes: all }, node.shape);
  }
  return axes.length < (node.attrs.axes as readonly number[]).length
    ? builder.add('Sum', node.inputs, { axes }, node.shape)
    : undefined;
};

const sumOfBroadcast: Rule = (node, builder) => {
  const operand = input(node, builder, 0);
  if (operand.op !== 'BroadcastTo') return undefined;
  const source = operand.inputs[0] as number;
  const { shape } = nodeAt(builder.nodes, source);
  const aligned = [...new Array<number>(operand.shape.length - shape.length).fill(1), ...shape];
  const axes = node.attrs.axes as readonly number[];
  const repeated = axes.filter((axis) => aligned[axis] === 1 && operand.shape[axis] !== 1);
  if (repeated.length === 0) return undefined;
  const count = repeated.reduce((product, axis) => product * (operand.shape[axis] as number), 1);
  const kept = operand.shape.map((size, axis) => (repeated.includes(axis) ? 1 : size));
  const rest = widen(builder, reshape(builder, source, aligned), kept);
  const sum = builder.add('Sum', [rest], { axes: axes.filter((axis) => !repeated.includes(axis)) }, node.shape);
  return builder.add('Multiply', [sum, fill(builder, count, [])], {}, node.shape);
};

/** A transpose of the last two axes moves into the matrix product. */
const transposeIntoMatMul: Rule = (node, builder) => {
  const flags = { transposeA: node.attrs.transposeA as boolean, transposeB: node.attrs.transposeB as boolean };
  const sources = node.inputs.map((id, i) => {
    const operand = nodeAt(builder.nodes, id);
    if (operand.op !== 'Transpose') return id;
    const perm = operand.attrs.perm as readonly number[];
    const rank = perm.length;
    const swaps = perm.every((axis, at) => axis === (at < rank - 2 ? at : 2 * rank - 3 - at));
    if (!swaps) return id;
    const flag = i === 0 ? 'transposeA' : 'transposeB';
    flags[flag] = !flags[flag];
    return operand.inputs[0] as number;
  });
  return sources.every((id, i) => id === node.inputs[i])
    ? undefined
    : builder.add('MatMul', sources, flags, node.shape);
};

/** A linear operation with an all-zero operand is zero. */
const zeroProduct: Rule = (node, builder) =>
  node.inputs.some((id) => fillOf(builder, id) === 0) ? fill(builder, 0, node.shape) : undefined;

const singleConcat: Rule = (node) => (node.inputs.length === 1 ? (node.inputs[0] as number) : undefined);

/** Repeating an axis of size 1 is a broadcast, which elementwise operations need not carry out. */
const tileAsBroadcast: Rule = (node, builder) => {
  const { shape } = input(node, builder, 0);
  const reps = node.attrs.reps as readonly number[];
  return reps.every((times, axis) => times === 1 || shape[axis] === 1)
    ? widen(builder, node.inputs[0] as number, node.shape)
    : undefined;
};

/** The rules of each operation, tried in order. */
export const simplifications: Partial<Record<Op, readonly Rule[]>> = {
  ...Object.fromEntries(UNARY.map((op) => [op, [foldUnary, beforeBroadcast]])),
  ...Object.fromEntries(BINARY.map((op) => [op, [foldBinary, neutral, narrow]])),
  Neg: [foldUnary, doubleNegation, beforeBroadcast],
  Add: [foldBinary, neutral, narrow, signedSum],
  Sub: [foldBinary, neutral, narrow, signedSum],
  Multiply: [foldBinary, neutral, narrow, scaleOfScale],
  Cast: [castOfCast, beforeBroadcast],
  Reshape: [sameView, viewOfView, viewOfFill],
  BroadcastTo: [sameView, viewOfFill],
  Transpose: [viewOfFill, transposeAsView, transposeOfTranspose],
  Sum: [sumOfNothing, sumOfBroadcast],
  MatMul: [zeroProduct, transposeIntoMatMul],
  Conv2d: [zeroProduct],
  Conv2dInputGrad: [zeroProduct],
  Conv2dFilterGrad: [zeroProduct],
  Concat: [singleConcat],
  Slice: [sameView, viewOfFill],
  Pad: [sameView],
  Tile: [sameView, viewOfFill, tileAsBroadcast],
};
