/** Transposes: a Transpose node, except for one permutation in which ONNX Runtime is several times slower than a product. */
import { type Node, type Shape, sizeOf } from '../../../graph/graph.ts';
import type { Emitter } from './emitter.ts';

/** Lengths of the last axis for which a product with the identity is faster than scattered writes. */
const SHORTEST = 8;
const LONGEST = 64;

/** Whether `perm` brings the last axis to the front and leaves the others in order. */
const lastToFront = (perm: readonly number[]): boolean => perm.every((axis, i) => axis === (i || perm.length) - 1);

/** Axis `i` of the result is axis `perm[i]` of `x`. */
export function lowerTranspose(e: Emitter, x: string, source: Node, perm: readonly number[], shape: Shape): string {
  const last = source.shape.at(-1) as number;
  const fits = source.dtype === 'float32' && last >= SHORTEST && last <= LONGEST && !e.isConstant(x);
  if (e.device !== 'cpu' || perm.length < 3 || !fits || !lastToFront(perm)) return e.transpose(x, perm);
  // The last axis becomes the first: the product I x^T runs on all threads and writes several rows at a time.
  const identity = e.selection(
    last,
    Array.from({ length: last }, (_, i) => i),
  );
  const rows = e.reshape(x, [sizeOf(source.shape) / last, last]);
  return e.reshape(e.emit('Gemm', [identity, rows], { transB: 1 }), shape);
}
