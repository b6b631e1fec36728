/** Sums of many values, in stages: ONNX Runtime adds them up in a few long float32 vectors, which loses four digits over millions. */
import { type Shape, sizeOf } from '../../../graph/graph.ts';
import type { Emitter } from './emitter.ts';

/** Values that one stage adds up; the error of a sum grows with this, and with the number of stages. */
export const LONGEST_SUM = 1024;
/** Shorter rows would cost more stages than zeros at the end. */
const SHORTEST = 32;

/** Sums `x` of `shape` over `axes`, which stay as axes of size 1. */
export function lowerSum(e: Emitter, x: string, shape: Shape, axes: readonly number[]): string {
  const isSummed = (axis: number): boolean => axes.includes(axis) || shape[axis] === 1;
  let tail = shape.length;
  while (tail > 0 && isSummed(tail - 1)) tail--;
  const kept = shape.slice(0, tail);
  const length = sizeOf(shape.slice(tail));
  if (length <= LONGEST_SUM) return sumOver(e, x, axes, 1);
  const sums = e.reshape(sumRows(e, x, sizeOf(kept), length), [...kept, ...shape.slice(tail).fill(1)]);
  const others = axes.filter((axis) => axis < tail);
  return others.length === 0 ? sums : sumOver(e, sums, others, 1);
}

const sumOver = (e: Emitter, x: string, axes: readonly number[], keepdims: 0 | 1): string =>
  e.emit('ReduceSum', [x, e.ints(axes)], { keepdims });

/** Sums each of `rows` runs of `length` values. */
function sumRows(e: Emitter, x: string, rows: number, length: number): string {
  if (length <= LONGEST_SUM) return sumOver(e, e.reshape(x, [rows, length]), [1], 0);
  const part = largestDivisor(length, LONGEST_SUM);
  if (part >= SHORTEST) {
    const parts = e.reshape(x, [rows, length / part, part]);
    return sumRows(e, sumOver(e, parts, [2], 0), rows, length / part);
  }
  const padded = Math.ceil(length / LONGEST_SUM) * LONGEST_SUM;
  const flat = e.reshape(x, [rows, length]);
  const zeros = e.emit('Pad', [flat, e.ints([0, 0, 0, padded - length]), e.scalar(0)]);
  return sumRows(e, zeros, rows, padded);
}

/** The largest divisor of `n` up to `limit`. */
function largestDivisor(n: number, limit: number): number {
  let divisor = Math.min(n, limit);
  while (n % divisor !== 0) divisor--;
  return divisor;
}
