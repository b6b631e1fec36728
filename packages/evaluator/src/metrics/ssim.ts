/** Structural similarity (Wang, Bovik, Sheikh and Simoncelli, 2004). */
import { z } from 'zod';
import { defineMetric, type ImageSize } from './metric.ts';

const C1 = 0.01 ** 2;
const C2 = 0.03 ** 2;

const windowSchema = z.strictObject({
  taps: z.int().min(3).default(11).describe('pixels a side of the Gaussian window'),
  deviation: z.number().positive().default(1.5).describe('standard deviation of the window, in pixels'),
});

/** The Gaussian window under which two images are compared. */
type Window = z.output<typeof windowSchema>;

export const ssim = defineMetric({
  name: 'ssim',
  title: 'SSIM',
  summary: 'Structural similarity on [0, 1]: Gaussian window of 11 taps and deviation 1.5, whole windows only.',
  format: { digits: 3 },
  nearer: 'higher',
  params: windowSchema,
  needs: [],
  measure({ image, truth, size }, window) {
    if (Math.min(size.height, size.width) < window.taps) return null;
    const onUnit = (planes: Float32Array) => Float64Array.from(planes, (value) => (value + 1) / 2);
    return structuralSimilarity(onUnit(image), onUnit(truth), size, window);
  },
});

/**
 * Mean SSIM of two images on [0, 1] (range 1): separable Gaussian window, whole windows only, biased moments, averaged over
 * channels and pixels. @throws RangeError where an image is smaller than the window
 */
export function structuralSimilarity(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  { channels, height, width }: ImageSize,
  window: Window = windowSchema.parse({}),
): number {
  const { taps } = window;
  if (height < taps || width < taps) throw new RangeError(`ssim needs ${taps} pixels a side, not ${width} x ${height}`);
  const weights = gaussian(window);
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
        weights,
      );
    const [meanA, meanB] = [blurred(pa, height, width, weights), blurred(pb, height, width, weights)];
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

function gaussian({ taps, deviation }: Window): number[] {
  const weights = Array.from({ length: taps }, (_, i) => Math.exp(-((i - (taps - 1) / 2) ** 2) / (2 * deviation ** 2)));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

/** One plane under the Gaussian window, whole windows only: rows first, then columns. */
function blurred(plane: Float64Array, height: number, width: number, weights: readonly number[]): Float64Array {
  const taps = weights.length;
  const outWidth = width - taps + 1;
  const outHeight = height - taps + 1;
  const rows = new Float64Array(height * outWidth);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < outWidth; x++) {
      let sum = 0;
      for (let k = 0; k < taps; k++) sum += (weights[k] as number) * (plane[y * width + x + k] as number);
      rows[y * outWidth + x] = sum;
    }
  }
  const result = new Float64Array(outHeight * outWidth);
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      let sum = 0;
      for (let k = 0; k < taps; k++) sum += (weights[k] as number) * (rows[(y + k) * outWidth + x] as number);
      result[y * outWidth + x] = sum;
    }
  }
  return result;
}
