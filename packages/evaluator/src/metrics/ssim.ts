/** Structural similarity (Wang, Bovik, Sheikh and Simoncelli, 2004). */
import type { ImageSize } from './pixel-errors.ts';

const TAPS = 11;
const SIGMA = 1.5;
const C1 = 0.01 ** 2;
const C2 = 0.03 ** 2;

const GAUSSIAN: readonly number[] = (() => {
  const weights = Array.from({ length: TAPS }, (_, i) => Math.exp(-((i - (TAPS - 1) / 2) ** 2) / (2 * SIGMA ** 2)));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
})();

/**
 * Mean SSIM of two images on [0, 1] (range 1): separable Gaussian window of 11 taps and deviation 1.5, whole windows only,
 * biased moments, averaged over channels and pixels. Images must be at least 11 pixels wide and high.
 */
export function ssim(a: ArrayLike<number>, b: ArrayLike<number>, { channels, height, width }: ImageSize): number {
  if (height < TAPS || width < TAPS) throw new RangeError(`ssim needs ${TAPS} pixels a side, not ${width} x ${height}`);
  const plane = height * width;
  let sum = 0;
  for (let c = 0; c < channels; c++) {
    const pa = Float64Array.from({ length: plane }, (_, i) => a[c * plane + i] as number);
    const pb = Float64Array.from({ length: plane }, (_, i) => b[c * plane + i] as number);
    const times = (x: Float64Array, y: Float64Array) =>
      blurred(
        x.map((value, i) => value * (y[i] as number)),
        height,
        width,
      );
    const [meanA, meanB] = [blurred(pa, height, width), blurred(pb, height, width)];
    const [squareA, squareB, product] = [times(pa, pa), times(pb, pb), times(pa, pb)];
    for (let i = 0; i < meanA.length; i++) {
      const [ma, mb] = [meanA[i] as number, meanB[i] as number];
      const varianceA = (squareA[i] as number) - ma * ma;
      const varianceB = (squareB[i] as number) - mb * mb;
      const covariance = (product[i] as number) - ma * mb;
      const structure =
        ((2 * ma * mb + C1) * (2 * covariance + C2)) / ((ma * ma + mb * mb + C1) * (varianceA + varianceB + C2));
      sum += structure / meanA.length;
    }
  }
  return sum / channels;
}

/** SSIM of planes in [-1, 1], which are shifted to [0, 1] first. */
export function ssim11(a: ArrayLike<number>, b: ArrayLike<number>, size: ImageSize): number {
  const shifted = (image: ArrayLike<number>) => Float64Array.from(image, (value) => (value + 1) / 2);
  return ssim(shifted(a), shifted(b), size);
}

/** One plane under the Gaussian window, whole windows only: rows first, then columns. */
function blurred(plane: Float64Array, height: number, width: number): Float64Array {
  const outWidth = width - TAPS + 1;
  const outHeight = height - TAPS + 1;
  const rows = new Float64Array(height * outWidth);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < outWidth; x++) {
      let sum = 0;
      for (let k = 0; k < TAPS; k++) sum += (GAUSSIAN[k] as number) * (plane[y * width + x + k] as number);
      rows[y * outWidth + x] = sum;
    }
  }
  const result = new Float64Array(outHeight * outWidth);
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      let sum = 0;
      for (let k = 0; k < TAPS; k++) sum += (GAUSSIAN[k] as number) * (rows[(y + k) * outWidth + x] as number);
      result[y * outWidth + x] = sum;
    }
  }
  return result;
}
