/**
 * The order in which a tensor's axes lie in memory. A lowered value keeps the graph's shape and an order of its own, so that
 * a transpose costs nothing until something insists on another order: TensorFlow's convolutions want channels last.
 */
import { type Shape, sizeOf } from './graph.ts';

/** The logical axis at each place in memory, outermost first. */
export type Order = readonly number[];

/** The order in which the graph's own shape lies in memory. */
export const rowMajor = (rank: number): Order => Array.from({ length: rank }, (_, axis) => axis);

export const isRowMajor = (order: Order): boolean => order.every((axis, i) => axis === i);

/** `shape` as it lies in memory. */
export const inMemory = (shape: Shape, order: Order): number[] => order.map((axis) => shape[axis] as number);

/** Axes longer than 1, in the order given: two orders that agree on them are the same memory. */
const long = (shape: Shape, order: Order): number[] => order.filter((axis) => shape[axis] !== 1);

/** Whether a tensor of `shape` lies in memory in the same way under both orders. */
export function sameMemory(shape: Shape, a: Order, b: Order): boolean {
  const other = long(shape, b);
  return long(shape, a).every((axis, i) => axis === other[i]);
}

/** The permutation that brings memory in order `from` into order `to`. */
export const permutation = (from: Order, to: Order): number[] => to.map((axis) => from.indexOf(axis));

/** Runs of axes of two shapes with equal products, shortest first: what a reshape splits and merges. Axes of size 1 are left out. */
function pieces(from: Shape, to: Shape): { from: number[]; to: number[] }[] {
  const result: { from: number[]; to: number[] }[] = [];
  const sources = long(from, rowMajor(from.length));
  const targets = long(to, rowMajor(to.length));
  while (sources.length > 0) {
    const piece = { from: [sources.shift() as number], to: [targets.shift() as number] };
    const size = (shape: Shape, axes: number[]): number => sizeOf(axes.map((axis) => shape[axis] as number));
    for (;;) {
      const [left, right] = [size(from, piece.from), size(to, piece.to)];
      if (left === right) break;
      if (left < right) piece.from.push(sources.shift() as number);
      else piece.to.push(targets.shift() as number);
    }
    result.push(piece);
  }
  return result;
}

/**
 * The order under which a tensor of shape `from`, lying in `order`, is a tensor of shape `to` without moving: undefined where
 * axes that merge, or the parts of one that splits, do not lie side by side.
 */
export function viewOrder(from: Shape, order: Order, to: Shape): Order | undefined {
  const places = long(from, order);
  const moved: number[] = to.flatMap((size, axis) => (size === 1 ? [axis] : []));
  const byFirst = new Map(pieces(from, to).map((piece) => [piece.from[0], piece]));
  for (let at = 0; at < places.length; ) {
    const piece = byFirst.get(places[at]);
    if (piece === undefined || piece.from.some((axis, i) => places[at + i] !== axis)) return undefined;
    moved.push(...piece.to);
    at += piece.from.length;
  }
  return moved;
}
