/**
 * Elementwise operations in forms that ONNX Runtime keeps in its blocked convolution layout or fuses into a convolution:
 * a scale per channel is a depthwise 1x1 convolution, and a constant is added, never subtracted.
 */
import type { Shape } from '../graph/graph.ts';
import { isPerChannel } from './blocks.ts';
import type { Emitter } from './emitter.ts';

/** a * b; `blocked` says that the product is to be in that layout, as nothing is on a GPU. */
export function lowerMultiply(
  e: Emitter,
  [a, b]: readonly [string, string],
  [left, right]: readonly [Shape, Shape],
  blocked: boolean,
): string {
  if (blocked && e.isConstant(a) && isPerChannel(right, left)) return channelScale(e, b, a, right);
  if (blocked && e.isConstant(b) && isPerChannel(left, right)) return channelScale(e, a, b, left);
  return e.emit('Mul', [a, b]);
}

function channelScale(e: Emitter, x: string, scale: string, shape: Shape): string {
  const channels = shape[1] as number;
  return e.emit('Conv', [x, e.reshape(scale, [channels, 1, 1, 1])], { kernel_shape: [1, 1], group: channels });
}

/** a - b. */
export function lowerSubtract(e: Emitter, a: string, b: string): string {
  // Added constants become a convolution's bias.
  return e.isConstant(b) && !e.isConstant(a) ? e.emit('Add', [a, e.emit('Neg', [b])]) : e.emit('Sub', [a, b]);
}
