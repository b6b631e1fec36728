/**
 * Elementwise operations in forms that ONNX Runtime keeps in its blocked convolution layout or fuses into a convolution:
 * a scale per channel is a depthwise 1x1 convolution, and a constant is added, never subtracted.
 */
import type { Shape } from '../graph/graph.ts';
import type { Emitter } from './emitter.ts';

/** Channels of one block of that layout, on any machine; other counts leave it. */
const BLOCK = 16;

/** A tensor [N, C, H, W] times the same numbers for each of C channels. */
function isChannelScale(x: Shape, scale: Shape): boolean {
  if (x.length !== 4 || scale.length !== 4) return false;
  const [, channels] = x as [number, number];
  return channels % BLOCK === 0 && scale[1] === channels && scale[0] === 1 && scale[2] === 1 && scale[3] === 1;
}

/** a * b. */
export function lowerMultiply(
  e: Emitter,
  [a, b]: readonly [string, string],
  [left, right]: readonly [Shape, Shape],
): string {
  if (e.isConstant(a) && !e.isConstant(b) && isChannelScale(right, left)) return channelScale(e, b, a, right);
  if (e.isConstant(b) && !e.isConstant(a) && isChannelScale(left, right)) return channelScale(e, a, b, left);
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
