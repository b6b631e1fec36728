/** Sums over axes, wherever they lie. */
import { reduced } from '../graph/shapes.ts';
import { type Emitter, types } from './emitter.ts';
import { inMemory } from './order.ts';
import { type Placed, placed } from './placed.ts';

/** Sums `x` over `axes`, which stay as axes of size 1. */
export function lowerSum(e: Emitter, x: Placed, axes: readonly number[]): Placed {
  const shape = reduced(x.shape, axes);
  const places = axes.map((axis) => x.order.indexOf(axis));
  const attributes = { ...types({ T: 'float32', Tidx: 'int32' }), keep_dims: true };
  const sum = e.emit('Sum', [x.handle, e.ints(places)], attributes, { shape: inMemory(shape, x.order) });
  return placed(sum, shape, x.order);
}
