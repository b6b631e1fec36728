/** A graph's value as lowered: its memory, and the order in which the axes of its shape lie there. */
import type { Shape } from '../graph/graph.ts';
import type { Emitter, Handle } from './emitter.ts';
import { inMemory, isRowMajor, type Order, permutation, rowMajor, sameMemory, viewOrder } from './order.ts';

export interface Placed {
  readonly handle: Handle;
  /** As the graph knows it. */
  readonly shape: Shape;
  readonly order: Order;
  /** Of a mask: the value that is positive where it is 1, and not where it is 0. */
  readonly maskOf?: Placed;
}

export const placed = (handle: Handle, shape: Shape, order: Order = rowMajor(shape.length)): Placed => ({
  handle,
  shape,
  order,
});

/** The value's memory in another order: as it is, viewed, or moved. */
export function arranged(e: Emitter, { handle, shape, order }: Placed, to: Order): Handle {
  if (sameMemory(shape, order, to)) return viewed(e, handle, inMemory(shape, to));
  return e.transpose(handle, permutation(order, to));
}

/** The value's memory in the graph's own order. */
export const plain = (e: Emitter, x: Placed): Handle => arranged(e, x, rowMajor(x.shape.length));

/** The value under another shape; it moves only where its order forbids a view. */
export function reshaped(e: Emitter, x: Placed, shape: Shape): Placed {
  const order = viewOrder(x.shape, x.order, shape);
  if (order !== undefined) return placed(viewed(e, x.handle, inMemory(shape, order)), shape, order);
  return placed(e.reshape(plain(e, x), shape), shape);
}

function viewed(e: Emitter, handle: Handle, shape: Shape): Handle {
  const same = handle.shape.length === shape.length && shape.every((size, axis) => size === handle.shape[axis]);
  return same ? handle : e.reshape(handle, shape);
}

/** A value of fewer axes, or the same number, as one of `rank`: axes of size 1 come first. */
export function widened(x: Placed, rank: number): Placed {
  const missing = rank - x.shape.length;
  if (missing === 0) return x;
  const ones = new Array<number>(missing).fill(1);
  return {
    handle: { ...x.handle, shape: [...ones, ...x.handle.shape] },
    shape: [...ones, ...x.shape],
    order: [...rowMajor(missing), ...x.order.map((axis) => axis + missing)],
  };
}

/** The order in which operands meet: that of the largest, and of those the one that is not the graph's own. */
export function commonOrder(operands: readonly Placed[], rank: number): Order {
  const size = ({ shape }: Placed): number => shape.reduce((product, length) => product * length, 1);
  const moved = (x: Placed): boolean => !sameMemory(x.shape, x.order, rowMajor(rank));
  const [first] = operands
    .map((x) => widened(x, rank))
    .sort((a, b) => size(b) - size(a) || Number(moved(b)) - Number(moved(a)));
  return first !== undefined && moved(first) ? first.order : rowMajor(rank);
}

/** Operands of an elementwise operation in one order. They broadcast as before: an operand of one element stays as it is. */
export function aligned(e: Emitter, operands: readonly Placed[], order: Order): Handle[] {
  return operands.map((x) => {
    if (x.handle.shape.every((size) => size === 1) && x.shape.length <= order.length) return x.handle;
    if (isRowMajor(order)) return plain(e, x);
    const wide = widened(x, order.length);
    // Widening is only on paper: memory that must be moved or viewed gets its new axes first.
    const handle = wide === x ? x.handle : e.reshape(x.handle, wide.handle.shape);
    return arranged(e, { ...wide, handle }, order);
  });
}
