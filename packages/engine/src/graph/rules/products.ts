/** Rules for matrix products and convolutions. */
import { fill, fillOf, type Rule } from '../builder.ts';
import { nodeAt } from '../graph.ts';

/** A transpose of the last two axes moves into the matrix product. */
export const transposeIntoMatMul: Rule = (node, builder) => {
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
export const zeroProduct: Rule = (node, builder) =>
  node.inputs.some((id) => fillOf(builder, id) === 0) ? fill(builder, 0, node.shape) : undefined;
