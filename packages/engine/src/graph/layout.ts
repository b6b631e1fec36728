/**
 * The layout of a tensor: the order in which its axes lie in memory.
 *
 * Example: the layout [0, 2, 3, 1] of images [N, C, H, W] is channels last, [N, H, W, C] in memory. A lowered value keeps its
 * logical shape and has a layout of its own. A transpose in a program then only changes the layout, and memory moves where an
 * operation needs a certain layout: TensorFlow's convolutions want channels last.
 */
import { type Shape, sizeOf } from './graph.ts';

/** The logical axis at each place in memory, outermost first. */
export type Layout = readonly number[];

/** The layout whose physical shape is the logical one. */
export const rowMajor = (rank: number): Layout => Array.from({ length: rank }, (_, axis) => axis);

export const isRowMajor = (layout: Layout): boolean => layout.every((axis, i) => axis === i);

/** The sizes of a tensor's axes as they lie in memory. */
export const physicalShape = (shape: Shape, layout: Layout): number[] => layout.map((axis) => shape[axis] as number);

/** Axes longer than 1, in a layout's order: two layouts that agree on them are the same memory. */
const long = (shape: Shape, layout: Layout): number[] => layout.filter((axis) => shape[axis] !== 1);

/** Whether a tensor of `shape` is the same memory under both layouts. */
export function sameMemory(shape: Shape, a: Layout, b: Layout): boolean {
  const other = long(shape, b);
  return long(shape, a).every((axis, i) => axis === other[i]);
}

/** The permutation of physical axes that brings layout `from` into layout `to`. */
export const permutation = (from: Layout, to: Layout): number[] => to.map((axis) => from.indexOf(axis));

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
 * The layout under which a tensor of shape `from` in `layout` is a tensor of shape `to` without moving. Undefined where axes that
 * merge, or the parts of an axis that splits, are not adjacent in memory.
 */
export function viewLayout(from: Shape, layout: Layout, to: Shape): Layout | undefined {
  const places = long(from, layout);
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
