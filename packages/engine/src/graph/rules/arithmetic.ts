/** Rules of arithmetic with constants and signs. */
import { fill, fillOf, type Rule } from '../builder.ts';
import { type BinaryOp, nodeAt, type Op, sameShape, type UnaryOp } from '../graph.ts';
import { input, widen } from './broadcast.ts';

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
export const foldUnary: Rule = (node, builder) => {
  const value = fillOf(builder, node.inputs[0] as number);
  const f = scalarUnary[node.op as UnaryOp];
  return value === undefined || f === undefined ? undefined : fill(builder, Math.fround(f(value)), node.shape);
};

/** So is a binary operation on two. */
export const foldBinary: Rule = (node, builder) => {
  const a = fillOf(builder, node.inputs[0] as number);
  const b = fillOf(builder, node.inputs[1] as number);
  const f = scalarBinary[node.op as BinaryOp];
  if (a === undefined || b === undefined || f === undefined) return undefined;
  return fill(builder, Math.fround(f(a, b)), node.shape);
};

/** x + 0, x - 0, x * 1, x / 1, 0 - x, x * 0, x * -1. */
export const neutral: Rule = (node, builder) => {
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

/** (x * c) * d = x * (c d), so chains of scalings become one. */
export const scaleOfScale: Rule = (node, builder) => {
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

export const doubleNegation: Rule = (node, builder) => {
  const operand = input(node, builder, 0);
  return operand.op === 'Neg' ? (operand.inputs[0] as number) : undefined;
};

/** a + (-b) = a - b, a - (-b) = a + b. */
export const signedSum: Rule = (node, builder) => {
  const [left, right] = node.inputs as [number, number];
  const b = nodeAt(builder.nodes, right);
  const other: Op = node.op === 'Add' ? 'Sub' : 'Add';
  if (b.op === 'Neg') return builder.add(other, [left, b.inputs[0] as number], {}, node.shape);
  const a = nodeAt(builder.nodes, left);
  if (node.op === 'Add' && a.op === 'Neg') return builder.add('Sub', [right, a.inputs[0] as number], {}, node.shape);
  return undefined;
};

/** A cast to the type a value already has. */
export const castOfCast: Rule = (node, builder) => {
  const operand = input(node, builder, 0);
  return operand.dtype === node.dtype ? (node.inputs[0] as number) : undefined;
};
