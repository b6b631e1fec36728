/** Rules for broadcasts that need not be carried out, or not yet. */
import { type Builder, fill, type Rule } from '../builder.ts';
import { type Node, nodeAt, type Shape, sameShape, sizeOf } from '../graph.ts';
import { broadcast } from '../shapes.ts';

export const input = (node: Node, builder: Builder, i: number): Node => nodeAt(builder.nodes, node.inputs[i] as number);

/** `id` broadcast to `shape`: the identity of an arithmetic operation with its neutral element. */
export function widen(builder: Builder, id: number, shape: Shape): number {
  const node = nodeAt(builder.nodes, id);
  return sameShape(node.shape, shape) ? id : builder.add('BroadcastTo', [id], {}, shape, node.dtype);
}

/** A filled operand need not be larger than one element, nor a broadcast one than its source. */
export const narrow: Rule = (node, builder) => {
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
export const beforeBroadcast: Rule = (node, builder) => {
  const operand = input(node, builder, 0);
  if (operand.op !== 'BroadcastTo') return undefined;
  const source = operand.inputs[0] as number;
  const shape = nodeAt(builder.nodes, source).shape;
  return widen(builder, builder.add(node.op, [source], node.attrs, shape, node.dtype), node.shape);
};

/** Repeating an axis of size 1 is a broadcast, which elementwise operations need not carry out. */
export const tileAsBroadcast: Rule = (node, builder) => {
  const { shape } = input(node, builder, 0);
  const reps = node.attrs.reps as readonly number[];
  return reps.every((times, axis) => times === 1 || shape[axis] === 1)
    ? widen(builder, node.inputs[0] as number, node.shape)
    : undefined;
};
