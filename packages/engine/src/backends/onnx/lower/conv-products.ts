/**
 * Convolutions over small maps in CHWN (`../chwn.ts`) as matrix products, forwards and backwards.
 *
 * The map times a constant matrix of zeros and ones gives what each tap sees at each place. The weights are then taken as they
 * lie. A gradient by convolution would first flip them and exchange their channels, which takes as long as the gradient itself.
 */
import { type Conv2dGeometry, filterShape, inputShape, outputShape } from '../../../kernels/conv2d.ts';
import type { ChwnGeometry } from '../chwn.ts';
import type { Emitter } from './emitter.ts';

/** Sizes of the products. */
function sizes({ inChannels, kernel, input, output, innerBatch = 1 }: ChwnGeometry) {
  const taps = kernel[0] * kernel[1];
  const places = output[0] * output[1];
  return {
    pixels: input[0] * input[1],
    seen: taps * places,
    rows: inChannels * taps,
    columns: places * innerBatch,
    innerBatch,
  };
}

/** The matrix [pixels, taps × places] with a 1 where a tap sees a pixel at a place. A column is zero where the tap sees padding. */
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

/** The unfolded input: what each tap sees at each place, [C taps, places innerBatch]. */
function unfolded(e: Emitter, x: string, g: ChwnGeometry): string {
  const { pixels, rows, columns, innerBatch } = sizes(g);
  const seen = e.emit('MatMul', [e.transpose(views(e, g), [1, 0]), e.reshape(x, [g.inChannels, pixels, innerBatch])]);
  return e.reshape(seen, [rows, columns]);
}

const matrix = (e: Emitter, w: string, g: ChwnGeometry): string => e.reshape(w, [g.outChannels, sizes(g).rows]);
const places = (e: Emitter, dy: string, g: ChwnGeometry): string => e.reshape(dy, [g.outChannels, sizes(g).columns]);

const wide = ([, channels, rows, columns]: readonly number[], innerBatch = 1): number[] => [
  1,
  channels as number,
  rows as number,
  (columns as number) * innerBatch,
];

/** y = conv(x, w). */
export const multiplyConv2d = (e: Emitter, x: string, w: string, g: ChwnGeometry): string =>
  e.reshape(e.emit('Gemm', [matrix(e, w, g), unfolded(e, x, g)]), wide(outputShape(g), g.innerBatch));

/** Gradient in x. */
export function multiplyConv2dInputGrad(e: Emitter, dy: string, w: string, g: ChwnGeometry): string {
  const { seen, innerBatch } = sizes(g);
  const each = e.emit('Gemm', [matrix(e, w, g), places(e, dy, g)], { transA: 1 });
  const gathered = e.emit('MatMul', [views(e, g), e.reshape(each, [g.inChannels, seen, innerBatch])]);
  return e.reshape(gathered, wide(inputShape(g), innerBatch));
}

/** Gradient in w. */
export const multiplyConv2dFilterGrad = (e: Emitter, x: string, dy: string, g: ChwnGeometry): string =>
  e.reshape(e.emit('Gemm', [places(e, dy, g), unfolded(e, x, g)], { transB: 1 }), filterShape(g));
