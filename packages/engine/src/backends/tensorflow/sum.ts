/** Sums over axes, wherever they lie. */
import { sizeOf } from '../../graph/graph.ts';
import { laidOut } from '../../graph/laid-out.ts';
import { physicalShape } from '../../graph/layout.ts';
import { reduced } from '../../graph/shapes.ts';
import { type Emitter, types, type Value } from './emitter.ts';

/** Rows from which a product with ones is worth its call. */
const FEWEST_ROWS = 128;
/** Columns that fill a vector register. */
const FEWEST_COLUMNS = 8;

/** Sums `x` over `axes`, which stay as axes of size 1. */
export function lowerSum(e: Emitter, x: Value, axes: readonly number[]): Value {
  const { handle, layout } = x;
  const shape = reduced(x.shape, axes);
  const lengths = physicalShape(shape, layout);
  const kept = lengths.findIndex((length) => length > 1);
  const rows = sizeOf(handle.shape.slice(0, kept));
  const columns = sizeOf(lengths);
  const isLeading = kept >= 0 && rows * columns === sizeOf(handle.shape);
  if (isLeading && rows >= FEWEST_ROWS && columns >= FEWEST_COLUMNS) {
    // Sums per channel of activations: TensorFlow's own reduction over outer axes takes three times as long.
    const ones = e.filled('float32', [1, rows], 1);
    const flags = { ...types({ T: 'float32' }), transpose_a: false, transpose_b: false };
    const sums = e.emit('MatMul', [ones, e.reshape(handle, [rows, columns])], flags, { shape: [1, columns] });
    return laidOut(e.reshape(sums, lengths), shape, layout);
  }
  const places = axes.map((axis) => layout.indexOf(axis));
  const attributes = { ...types({ T: 'float32', Tidx: 'int32' }), keep_dims: true };
  return laidOut(e.emit('Sum', [handle, e.ints(places)], attributes, { shape: lengths }), shape, layout);
}
