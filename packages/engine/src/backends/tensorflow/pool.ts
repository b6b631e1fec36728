/**
 * Max pooling with positions, channels last. A position counts through the pooled tensor as it lies in memory here, not in the
 * graph's own order: only TakeAt and PutAt read positions, and they lay their tensors out alike.
 */
import { type Shape, sizeOf } from '../../graph/graph.ts';
import { laidOut, reorder } from '../../graph/laid-out.ts';
import { physicalShape } from '../../graph/layout.ts';
import type { PoolGeometry } from '../../kernels/max-pool2d.ts';
import { IMAGE } from './conv.ts';
import { type Emitter, type Handle, types, type Value } from './emitter.ts';

/** Below every float32 that a network computes; infinity times zero would not be a number. */
const LOWEST = -3.4028234663852886e38;

/** Pooled values and positions of `x` [N, C, H, W]; `shape` is that of either. */
export function lowerMaxPool2d(e: Emitter, x: Value, shape: Shape, g: PoolGeometry): [Value, Value] {
  const image = reorder(e, x, IMAGE);
  const margin = [0, g.padding, g.padding, 0];
  const padded = e.pad(image, margin, margin, LOWEST);
  const window = [1, g.size, g.size, 1];
  const attributes = {
    ...types({ T: 'float32', Targmax: 'int64' }),
    ksize: window,
    strides: [1, g.stride, g.stride, 1],
    padding: 'VALID',
    include_batch_in_index: true,
  };
  const pooled = physicalShape(shape, IMAGE);
  const [values, found] = e.emitAll('MaxPoolWithArgmax', [padded], attributes, [
    { shape: pooled },
    { shape: pooled, dtype: 'int32' },
  ]) as [Handle, Handle];
  const positions = e.emit('Cast', [found], types({ SrcT: 'int64', DstT: 'int32' }), { shape: pooled, dtype: 'int32' });
  return [
    laidOut(values, shape, IMAGE),
    laidOut(unpadded(e, positions, padded.shape, image.shape, g.padding), shape, IMAGE),
  ];
}

/** Positions in the padded image as positions in the image: the four indices are taken apart and put together again. */
function unpadded(e: Emitter, at: Handle, padded: Shape, image: Shape, padding: number): Handle {
  if (padding === 0) return at;
  const calculate = (op: string, a: Handle, b: number): Handle =>
    e.emit(op, [a, e.int(b)], types({ T: 'int32' }), { shape: at.shape });
  const [, height, width, channels] = padded as [number, number, number, number];
  const [, rows, columns] = image as [number, number, number, number];
  // Every tensor here has fewer than 2^31 elements, and flat positions are not negative: floor division is exact.
  const channel = calculate('FloorMod', at, channels);
  const pixel = calculate('FloorDiv', at, channels);
  const column = calculate('AddV2', calculate('FloorMod', pixel, width), -padding);
  const line = calculate('FloorDiv', pixel, width);
  const row = calculate('AddV2', calculate('FloorMod', line, height), -padding);
  const example = calculate('FloorDiv', line, height);
  const joined = [
    [rows, row],
    [columns, column],
    [channels, channel],
  ] as const;
  return joined.reduce((sum, [size, index]) => {
    const scaled = calculate('Mul', sum, size);
    return e.emit('AddV2', [scaled, index], types({ T: 'int32' }), { shape: at.shape });
  }, example);
}

/** Values of `x` [N, C, H, W] at `positions`. */
export function lowerTakeAt(e: Emitter, x: Value, positions: Value): Value {
  const image = reorder(e, x, IMAGE);
  const flat = e.reshape(image, [sizeOf(image.shape)]);
  const at = reorder(e, positions, IMAGE);
  const attributes = { ...types({ Tparams: 'float32', Tindices: 'int32', Taxis: 'int32' }), batch_dims: 0 };
  return laidOut(e.emit('GatherV2', [flat, at, e.int(0)], attributes, { shape: at.shape }), positions.shape, IMAGE);
}

/** Zeros of `shape` [N, C, H, W] with the values of `x` added at `positions`. */
export function lowerPutAt(e: Emitter, x: Value, positions: Value, shape: Shape): Value {
  const count = sizeOf(positions.shape);
  const at = e.reshape(reorder(e, positions, IMAGE), [count, 1]);
  const values = e.reshape(reorder(e, x, IMAGE), [count]);
  const size = sizeOf(shape);
  const sum = e.emit('ScatterNd', [at, values, e.ints([size])], types({ T: 'float32', Tindices: 'int32' }), {
    shape: [size],
    dtype: 'float32',
  });
  return laidOut(e.reshape(sum, physicalShape(shape, IMAGE)), shape, IMAGE);
}
