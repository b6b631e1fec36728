/** Rules for views of views, and for transposes that cancel or move nothing. */
import { fill, type Rule, reshape } from '../builder.ts';
import { sameShape } from '../graph.ts';
import { input } from './broadcast.ts';

export const sameView: Rule = (node, builder) =>
  sameShape(input(node, builder, 0).shape, node.shape) ? (node.inputs[0] as number) : undefined;

export const viewOfView: Rule = (node, builder) => {
  const operand = input(node, builder, 0);
  return operand.op === 'Reshape' ? reshape(builder, operand.inputs[0] as number, node.shape) : undefined;
};

export const viewOfFill: Rule = (node, builder) => {
  const operand = input(node, builder, 0);
  return operand.op === 'Fill' ? fill(builder, operand.attrs.value as number, node.shape, operand.dtype) : undefined;
};

/** A transpose that only moves axes of size 1 is a view. */
export const transposeAsView: Rule = (node, builder) => {
  const { shape } = input(node, builder, 0);
  const moving = (node.attrs.perm as readonly number[]).filter((axis) => shape[axis] !== 1);
  const ordered = moving.every((axis, i) => i === 0 || axis > (moving[i - 1] as number));
  return ordered ? reshape(builder, node.inputs[0] as number, node.shape) : undefined;
};

export const transposeOfTranspose: Rule = (node, builder) => {
  const operand = input(node, builder, 0);
  if (operand.op !== 'Transpose') return undefined;
  const inner = operand.attrs.perm as readonly number[];
  const perm = (node.attrs.perm as readonly number[]).map((axis) => inner[axis] as number);
  return builder.add('Transpose', operand.inputs, { perm }, node.shape, node.dtype);
};

export const singleConcat: Rule = (node) => (node.inputs.length === 1 ? (node.inputs[0] as number) : undefined);
