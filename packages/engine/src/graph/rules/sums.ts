/** Rules for sums over nothing, over sums and over broadcasts. */
import { fill, type Rule, reshape } from '../builder.ts';
import { nodeAt } from '../graph.ts';
import { input, widen } from './broadcast.ts';

/** Sums over axes of size 1 are views; a sum of a broadcast is a scaled sum of its source; sums of sums are one sum. */
export const sumOfNothing: Rule = (node, builder) => {
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

export const sumOfBroadcast: Rule = (node, builder) => {
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
