/** Shape rules shared by recording and rewriting. */
import { LeakscopeError } from '@leakscope/shared/errors';
import { type Shape, sizeOf } from './graph.ts';

/** NumPy broadcasting of two shapes. */
export function broadcast(op: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const left = a[i - rank + a.length] ?? 1;
    const right = b[i - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) {
      throw new LeakscopeError('ENGINE_SHAPE', { op, expected: `shapes that broadcast`, got: `[${a}] and [${b}]` });
    }
    return left === 1 ? right : left;
  });
}

/** `target` for `count` values: a size that is negative there is what the others leave. */
export function resolved(target: Shape, count: number): Shape {
  const known = target.reduce((product, size) => (size < 0 ? product : product * size), 1);
  return target.map((size) => (size < 0 ? count / known : size));
}

/** `shape` with `axes` set to 1. */
export const reduced = (shape: Shape, axes: readonly number[]): Shape =>
  shape.map((size, i) => (axes.includes(i) ? 1 : size));

/** Shape of a matrix product whose batch axes broadcast. */
export function matMulShape(a: Shape, b: Shape, transposeA: boolean, transposeB: boolean): Shape {
  const rows = a.at(transposeA ? -1 : -2) as number;
  const columns = b.at(transposeB ? -2 : -1) as number;
  const inner = a.at(transposeA ? -2 : -1) as number;
  if (inner !== (b.at(transposeB ? -1 : -2) as number)) {
    throw new LeakscopeError('ENGINE_SHAPE', {
      op: 'matMul',
      expected: 'equal inner sizes',
      got: `[${a}]${transposeA ? ' transposed' : ''} and [${b}]${transposeB ? ' transposed' : ''}`,
    });
  }
  return [...broadcast('matMul', a.slice(0, -2), b.slice(0, -2)), rows, columns];
}

/** Whether `vector` has one number for each channel of images [N, C, H, W]. */
export const isPerChannel = (images: Shape, vector: Shape | undefined): boolean =>
  images.length === 4 && vector?.length === 4 && vector[1] === images[1] && sizeOf(vector) === vector[1];
