/** Max pooling: the values, and their positions in the flattened input. */
import type { Shape } from '../../../graph/graph.ts';
import type { PoolGeometry } from '../../../kernels/max-pool2d.ts';
import { ONNX_TYPE } from '../format.ts';
import type { Emitter } from './emitter.ts';
import { unfoldByGather } from './unfold.ts';

/** The padding: no value of an image is lower. */
const LOWEST = -3.4028234663852886e38;

/** Pools `x` of `shape` to the shape `pooled`; output 0 is the values, output 1 the positions. */
export function lowerMaxPool(
  e: Emitter,
  x: string,
  shape: Shape,
  pooled: Shape,
  geometry: PoolGeometry,
  output: 0 | 1,
): string {
  const { size, stride, padding } = geometry;
  const attributes = {
    kernel_shape: [size, size],
    strides: [stride, stride],
    pads: [padding, padding, padding, padding],
  };
  // Values and positions come from one MaxPool, emitted once for both; WebGPU's has no positions.
  if (e.device !== 'webgpu') return e.emitAll('MaxPool', [x], attributes, 2)[output] as string;
  const values = e.emit('MaxPool', [x], attributes);
  return output === 0 ? values : firstEqual(e, x, values, shape, pooled, geometry);
}

/** The first position of each window that holds the window's value. */
function firstEqual(
  e: Emitter,
  x: string,
  values: string,
  shape: Shape,
  pooled: Shape,
  { size, stride, padding }: PoolGeometry,
): string {
  const [batch, channels, height, width] = shape as [number, number, number, number];
  const [, , rows, columns] = pooled as [number, number, number, number];
  const [taps, places] = [size * size, rows * columns];
  const grid = { kernel: [size, size], stride, padding, output: [rows, columns] } as const;
  const seen = e.reshape(unfoldByGather(e, x, shape, grid, LOWEST), [batch, channels, taps, places]);
  const isValue = e.emit('Equal', [seen, e.reshape(values, [batch, channels, 1, places])]);
  // Within one image, where float32 counts exactly; places in the margin hold no value.
  const own = Array.from({ length: taps * places }, (_, i) => {
    const [place, tap] = [i % places, Math.floor(i / places)];
    const row = Math.floor(place / columns) * stride + Math.floor(tap / size) - padding;
    const column = (place % columns) * stride + (tap % size) - padding;
    const inside = row >= 0 && row < height && column >= 0 && column < width;
    return inside ? row * width + column : height * width;
  });
  const candidates = e.emit('Where', [
    isValue,
    e.constant('float32', [1, 1, taps, places], own),
    e.scalar(height * width),
  ]);
  const first = e.emit('ReduceMin', [candidates, e.ints([2])], { keepdims: 1 });
  const before = e.constant(
    'int32',
    [batch, channels, 1, 1],
    Array.from({ length: batch * channels }, (_, image) => image * height * width),
  );
  const positions = e.emit('Add', [e.emit('Cast', [first], { to: ONNX_TYPE.int32 }), before]);
  return e.reshape(positions, pooled);
}
