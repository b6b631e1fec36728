/**
 * Convolutions over images in the layout CHWN: the batch lies innermost.
 *
 * A batch [N, C, H, W] lies in memory as [C, H, W, N]. That is one image of C channels whose every pixel is N values wide, so a
 * convolution over it reads long rows: 8 images of 4x4 pixels are one image of 4 rows with 32 values each.
 */
import type { Conv2dGeometry } from '../../kernels/conv2d.ts';

/** Geometry of a convolution over such images: `batch` is then 1. */
export interface ChwnGeometry extends Conv2dGeometry {
  /** Examples that lie innermost, N above; absent where the layout is NCHW. */
  readonly innerBatch?: number;
}

/** Entries of the largest matrix that says which pixel each tap sees at each place: 4x4 places, nine taps, a map of 8x8. */
const LARGEST = 144 * 64;

/** Whether a convolution's maps are so small that a matrix product computes it fastest (`lower/conv-products.ts`). */
export const areSmallMaps = ({ kernel, input, output, groups }: Conv2dGeometry): boolean =>
  groups === 1 && [...kernel, ...input, ...output].reduce((product, size) => product * size, 1) <= LARGEST;
