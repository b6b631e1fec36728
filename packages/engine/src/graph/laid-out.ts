/**
 * A value of our graph as a tensor of another graph, with its layout there.
 *
 * Example: images of shape [8, 3, 32, 32] may be the tensor [8, 32, 32, 3] of a TensorFlow graph, with the layout [0, 2, 3, 1].
 * The operations that change a layout (`LayoutOps`) are the other graph's: an emitter of a runtime's nodes, or a builder of ours.
 */
import type { Shape } from './graph.ts';
import { isRowMajor, type Layout, permutation, physicalShape, rowMajor, sameMemory, viewLayout } from './layout.ts';

/** A tensor of the other graph. `shape` is physical: the sizes of its axes as they lie in memory. */
interface PhysicalTensor {
  readonly shape: Shape;
}

/** How tensors of the other graph are viewed and permuted. */
export interface LayoutOps<M extends PhysicalTensor> {
  reshape(x: M, shape: Shape): M;
  transpose(x: M, perm: readonly number[]): M;
}

export interface LaidOut<M extends PhysicalTensor> {
  readonly handle: M;
  /** The logical shape, as our graph has it. */
  readonly shape: Shape;
  readonly layout: Layout;
}

export const laidOut = <M extends PhysicalTensor>(
  handle: M,
  shape: Shape,
  layout: Layout = rowMajor(shape.length),
): LaidOut<M> => ({ handle, shape, layout });

/** The tensor in another layout: as it is, under a view, or permuted. */
export function reorder<M extends PhysicalTensor>(
  e: LayoutOps<M>,
  { handle, shape, layout }: LaidOut<M>,
  to: Layout,
): M {
  if (sameMemory(shape, layout, to)) return viewed(e, handle, physicalShape(shape, to));
  return e.transpose(handle, permutation(layout, to));
}

/** The tensor in row-major order of the logical shape. */
export const toRowMajor = <M extends PhysicalTensor>(e: LayoutOps<M>, x: LaidOut<M>): M =>
  reorder(e, x, rowMajor(x.shape.length));

/** The value under another logical shape; memory moves only where no view exists. */
export function reshaped<M extends PhysicalTensor>(e: LayoutOps<M>, x: LaidOut<M>, shape: Shape): LaidOut<M> {
  const layout = viewLayout(x.shape, x.layout, shape);
  if (layout !== undefined) return laidOut(viewed(e, x.handle, physicalShape(shape, layout)), shape, layout);
  return laidOut(e.reshape(toRowMajor(e, x), shape), shape);
}

function viewed<M extends PhysicalTensor>(e: LayoutOps<M>, handle: M, shape: Shape): M {
  const same = handle.shape.length === shape.length && shape.every((size, axis) => size === handle.shape[axis]);
  return same ? handle : e.reshape(handle, shape);
}

/** The value with `rank` axes: axes of size 1 are put in front. */
function withLeadingAxes<M extends PhysicalTensor>(x: LaidOut<M>, rank: number): LaidOut<M> {
  const missing = rank - x.shape.length;
  if (missing === 0) return x;
  const ones = new Array<number>(missing).fill(1);
  return {
    handle: { ...x.handle, shape: [...ones, ...x.handle.shape] },
    shape: [...ones, ...x.shape],
    layout: [...rowMajor(missing), ...x.layout.map((axis) => axis + missing)],
  };
}

/** The layout for operands that broadcast: the largest operand's, and among equally large ones a layout that is not row-major. */
export function commonLayout(operands: readonly LaidOut<PhysicalTensor>[], rank: number): Layout {
  const size = ({ shape }: LaidOut<PhysicalTensor>): number => shape.reduce((product, length) => product * length, 1);
  const moved = (x: LaidOut<PhysicalTensor>): boolean => !sameMemory(x.shape, x.layout, rowMajor(rank));
  const [first] = operands
    .map((x) => withLeadingAxes(x, rank))
    .sort((a, b) => size(b) - size(a) || Number(moved(b)) - Number(moved(a)));
  return first !== undefined && moved(first) ? first.layout : rowMajor(rank);
}

/** Operands of an elementwise operation in one layout. They broadcast as before: an operand of one element stays as it is. */
export function alignLayouts<M extends PhysicalTensor>(
  e: LayoutOps<M>,
  operands: readonly LaidOut<M>[],
  layout: Layout,
): M[] {
  return operands.map((x) => {
    if (x.handle.shape.every((size) => size === 1) && x.shape.length <= layout.length) return x.handle;
    if (isRowMajor(layout)) return toRowMajor(e, x);
    const wide = withLeadingAxes(x, layout.length);
    // The new axes are so far only in the description: a tensor that is permuted or viewed gets them first.
    const handle = wide === x ? x.handle : e.reshape(x.handle, wide.handle.shape);
    return reorder(e, { ...wide, handle }, layout);
  });
}
