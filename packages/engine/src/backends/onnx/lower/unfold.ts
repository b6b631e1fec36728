/** Unfolds images into their windows by one Gather, in which each thread of a GPU reads one value. */
import type { Shape } from '../../../graph/graph.ts';
import type { Emitter } from './emitter.ts';

/** Windows over an image [H, W]: how large, how far apart, how many, and how wide the margin around the image is. */
interface WindowGrid {
  readonly kernel: readonly [number, number];
  readonly stride: number;
  readonly padding: number;
  readonly output: readonly [number, number];
}

/**
 * What each tap of a window sees at each place, [N, C, kh kw H' W'], of `x` [N, C, H, W]. A window that reaches over the edge
 * sees `margin` there.
 */
export function unfoldByGather(
  e: Emitter,
  x: string,
  [batch, channels, height, width]: Shape,
  { kernel: [kh, kw], stride, padding, output: [rows, columns] }: WindowGrid,
  margin = 0,
): string {
  const shape = [batch, channels, height, width] as [number, number, number, number];
  const border = [0, 0, padding, padding];
  const padded = e.pad(x, shape, border, border, margin);
  const [paddedHeight, paddedWidth] = [shape[2] + 2 * padding, shape[3] + 2 * padding];
  const pixels = e.reshape(padded, [shape[0], shape[1], paddedHeight * paddedWidth]);
  const seen = Array.from({ length: kh * kw * rows * columns }, (_, i) => {
    const [place, tap] = [i % (rows * columns), Math.floor(i / (rows * columns))];
    const row = Math.floor(place / columns) * stride + Math.floor(tap / kw);
    return row * paddedWidth + (place % columns) * stride + (tap % kw);
  });
  return e.emit('Gather', [pixels, e.constant('int32', [seen.length], seen)], { axis: 2 });
}
