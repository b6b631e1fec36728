/**
 * Convolutions over small maps whose pixels are a batch wide (`batch-last.ts`) as matrix products. What each tap sees at each place is
 * the map times a matrix of zeros and ones; the weights are then taken as they lie, forwards and backwards, where a gradient by
 * convolution would first have to turn and exchange them, which takes as long as the gradient.
 */
import { type Conv2dGeometry, filterShape, inputShape, outputShape } from '../kernels/conv2d.ts';
import type { LanedGeometry } from './batch-last.ts';
import type { Emitter } from './emitter.ts';

/** Entries of the largest such matrix: 4x4 places that nine taps of a map of 8x8 see. */
const LARGEST = 144 * 64;

/** Whether a convolution's maps are small enough. */
export const areSmallMaps = ({ kernel, input, output, groups }: Conv2dGeometry): boolean =>
  groups === 1 && [...kernel, ...input, ...output].reduce((product, size) => product * size, 1) <= LARGEST;

/** Sizes of the products. */
function sizes({ inChannels, kernel, input, output, lanes = 1 }: LanedGeometry) {
  const taps = kernel[0] * kernel[1];
  const places = output[0] * output[1];
  return { pixels: input[0] * input[1], seen: taps * places, rows: inChannels * taps, columns: places * lanes, lanes };
}

/** [pixels, taps × places]: which pixel each tap sees at each place; none in the margin. */
function views(e: Emitter, { kernel, input, output, stride, padding }: Conv2dGeometry): string {
  const picks: (number | undefined)[] = [];
  for (let i = 0; i < kernel[0]; i++) {
    for (let j = 0; j < kernel[1]; j++) {
      for (let row = -padding; row <= (output[0] - 1) * stride - padding; row += stride) {
        for (let column = -padding; column <= (output[1] - 1) * stride - padding; column += stride) {
          const [y, x] = [row + i, column + j];
          const inside = y >= 0 && y < input[0] && x >= 0 && x < input[1];
          picks.push(inside ? y * input[1] + x : undefined);
        }
      }
    }
  }
  return e.selection(input[0] * input[1], picks);
}

/** What the taps see, [C taps, places lanes]. */
function unfolded(e: Emitter, x: string, g: LanedGeometry): string {
  const { pixels, rows, columns, lanes } = sizes(g);
  const seen = e.emit('MatMul', [e.transpose(views(e, g), [1, 0]), e.reshape(x, [g.inChannels, pixels, lanes])]);
  return e.reshape(seen, [rows, columns]);
}

const matrix = (e: Emitter, w: string, g: LanedGeometry): string => e.reshape(w, [g.outChannels, sizes(g).rows]);
const places = (e: Emitter, dy: string, g: LanedGeometry): string => e.reshape(dy, [g.outChannels, sizes(g).columns]);

const wide = ([, channels, rows, columns]: readonly number[], lanes = 1): number[] => [
  1,
  channels as number,
  rows as number,
  (columns as number) * lanes,
];

/** y = conv(x, w). */
export const multiplyConv2d = (e: Emitter, x: string, w: string, g: LanedGeometry): string =>
  e.reshape(e.emit('Gemm', [matrix(e, w, g), unfolded(e, x, g)]), wide(outputShape(g), g.lanes));

/** Gradient in x. */
export function multiplyConv2dInputGrad(e: Emitter, dy: string, w: string, g: LanedGeometry): string {
  const { seen, lanes } = sizes(g);
  const each = e.emit('Gemm', [matrix(e, w, g), places(e, dy, g)], { transA: 1 });
  const gathered = e.emit('MatMul', [views(e, g), e.reshape(each, [g.inChannels, seen, lanes])]);
  return e.reshape(gathered, wide(inputShape(g), lanes));
}

/** Gradient in w. */
export const multiplyConv2dFilterGrad = (e: Emitter, x: string, dy: string, g: LanedGeometry): string =>
  e.reshape(e.emit('Gemm', [places(e, dy, g), unfolded(e, x, g)], { transB: 1 }), filterShape(g));
