/**
 * A value on its way into another graph: where it is there, and the order in which the axes of its shape lie in memory. What
 * moves memory is the other graph's business: an emitter of a runtime's operations, or a builder of ours.
 */
import type { Shape } from './graph.ts';
import { inMemory, isRowMajor, type Order, permutation, rowMajor, sameMemory, viewOrder } from './order.ts';

/** A value of the other graph, with its shape in memory. */
export interface Memory {
  readonly shape: Shape;
}

/** What moves values of the other graph. */
export interface Mover<M extends Memory> {
  reshape(x: M, shape: Shape): M;
  transpose(x: M, perm: readonly number[]): M;
}

export interface Placed<M extends Memory> {
  readonly handle: M;
  /** As the graph knows it. */
  readonly shape: Shape;
  readonly order: Order;
}

export const placed = <M extends Memory>(
  handle: M,
  shape: Shape,
  order: Order = rowMajor(shape.length),
): Placed<M> => ({ handle, shape, order });

/** The value's memory in another order: as it is, viewed, or moved. */
export function arranged<M extends Memory>(e: Mover<M>, { handle, shape, order }: Placed<M>, to: Order): M {
  if (sameMemory(shape, order, to)) return viewed(e, handle, inMemory(shape, to));
  return e.transpose(handle, permutation(order, to));
}

/** The value's memory in the graph's own order. */
export const plain = <M extends Memory>(e: Mover<M>, x: Placed<M>): M => arranged(e, x, rowMajor(x.shape.length));

/** The value under another shape; it moves only where its order forbids a view. */
export function reshaped<M extends Memory>(e: Mover<M>, x: Placed<M>, shape: Shape): Placed<M> {
  const order = viewOrder(x.shape, x.order, shape);
  if (order !== undefined) return placed(viewed(e, x.handle, inMemory(shape, order)), shape, order);
  return placed(e.reshape(plain(e, x), shape), shape);
}

function viewed<M extends Memory>(e: Mover<M>, handle: M, shape: Shape): M {
  const same = handle.shape.length === shape.length && shape.every((size, axis) => size === handle.shape[axis]);
  return same ? handle : e.reshape(handle, shape);
}

/** A value of fewer axes, or the same number, as one of `rank`: axes of size 1 come first. */
export function widened<M extends Memory>(x: Placed<M>, rank: number): Placed<M> {
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
export function commonOrder(operands: readonly Placed<Memory>[], rank: number): Order {
  const size = ({ shape }: Placed<Memory>): number => shape.reduce((product, length) => product * length, 1);
  const moved = (x: Placed<Memory>): boolean => !sameMemory(x.shape, x.order, rowMajor(rank));
  const [first] = operands
    .map((x) => widened(x, rank))
    .sort((a, b) => size(b) - size(a) || Number(moved(b)) - Number(moved(a)));
  return first !== undefined && moved(first) ? first.order : rowMajor(rank);
}

/** Operands of an elementwise operation in one order. They broadcast as before: an operand of one element stays as it is. */
export function aligned<M extends Memory>(e: Mover<M>, operands: readonly Placed<M>[], order: Order): M[] {
  return operands.map((x) => {
    if (x.handle.shape.every((size) => size === 1) && x.shape.length <= order.length) return x.handle;
    if (isRowMajor(order)) return plain(e, x);
    const wide = widened(x, order.length);
    // Widening is only on paper: memory that must be moved or viewed gets its new axes first.
    const handle = wide === x ? x.handle : e.reshape(x.handle, wide.handle.shape);
    return arranged(e, { ...wide, handle }, order);
  });
}
