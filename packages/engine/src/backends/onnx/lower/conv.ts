/** The convolution y = conv(x, w). */
import { areSmallMaps, type ChwnGeometry } from '../chwn.ts';
import { multiplyConv2d } from './conv-products.ts';
import type { Emitter } from './emitter.ts';
import { lowerWindows } from './windows.ts';

/** y = conv(x, w). */
export function lowerConv2d(e: Emitter, x: string, w: string, g: ChwnGeometry): string {
  if (g.innerBatch !== undefined && areSmallMaps(g)) return multiplyConv2d(e, x, w, g);
  return lowerWindows(e, x, w, {
    ...g,
    channels: g.inChannels,
    before: [g.padding, g.padding],
    innerBatch: g.innerBatch ?? 1,
  });
}
