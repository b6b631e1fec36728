/** x * scale + shift with one scale and one shift a channel, as one depthwise convolution. */
import type { Shape } from '../../../graph/graph.ts';
import type { Emitter } from './emitter.ts';

/** Emits x * scale + shift over images of `shape`. */
export function lowerAffine(
  e: Emitter,
  [x, scale, shift]: readonly [string, string, string],
  shape: Shape,
  axis: 0 | 1,
): string {
  const channels = shape[axis] as number;
  const attributes = { kernel_shape: [1, 1], group: channels };
  const operands = [e.reshape(scale, [channels, 1, 1, 1]), e.reshape(shift, [channels])];
  if (axis === 1) return e.emit('Conv', [x, ...operands], attributes);
  const [, height, width, batch] = shape as [number, number, number, number];
  const image = e.reshape(x, [1, channels, height, width * batch]);
  return e.reshape(e.emit('Conv', [image, ...operands], attributes), shape);
}
