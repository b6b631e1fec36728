/** Matrix products; a transposed operand is read as it lies. */
import type { Node } from '../../graph/graph.ts';
import { laidOut, reorder } from '../../graph/laid-out.ts';
import { type Layout, rowMajor, sameMemory } from '../../graph/layout.ts';
import { type Emitter, type Handle, types, type Value } from './emitter.ts';

/** Row-major with the last two axes exchanged. */
function exchanged(rank: number): Layout {
  return [...rowMajor(rank - 2), rank - 1, rank - 2];
}

/** An operand's memory and whether its last two axes are exchanged there. */
function operand(e: Emitter, x: Value): [Handle, boolean] {
  const rank = x.shape.length;
  const swapped = !sameMemory(x.shape, x.layout, rowMajor(rank)) && sameMemory(x.shape, x.layout, exchanged(rank));
  return [reorder(e, x, swapped ? exchanged(rank) : rowMajor(rank)), swapped];
}

/** a * b over the last two axes; batch axes broadcast. */
export function lowerMatMul({ e, node, inputs }: { e: Emitter; node: Node; inputs: readonly Value[] }): Value {
  const [a, left] = operand(e, inputs[0] as Value);
  const [b, right] = operand(e, inputs[1] as Value);
  const transposed = [left !== node.attrs.transposeA, right !== node.attrs.transposeB];
  const [op, names] =
    a.shape.length === 2 && b.shape.length === 2
      ? ['MatMul', ['transpose_a', 'transpose_b']]
      : ['BatchMatMulV2', ['adj_x', 'adj_y']];
  const flags = Object.fromEntries((names as string[]).map((name, i) => [name, transposed[i] as boolean]));
  const attributes = { ...types({ T: 'float32' }), ...flags };
  return laidOut(e.emit(op as string, [a, b], attributes, { shape: node.shape }), node.shape);
}
