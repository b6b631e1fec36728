/** Image metrics, sums in float64. Images are planes [channels, height, width]; the caller says on which scale. */

/** The two scales on which errors are given: planes in [-1, 1], as GGL's paper does, or in [0, 1], as most others do. */
export interface PixelErrors {
  /** On [-1, 1]. */
  readonly mse11: number;
  /** 10 log10(1 / mse11): peak 1 on [-1, 1], as the paper's tables. */
  readonly psnr11: number;
  /** On [0, 1]: mse11 / 4. */
  readonly mse01: number;
  /** On [0, 1] with peak 1: psnr11 + 6.02 dB. */
  readonly psnr01: number;
}

/** Mean squared difference. */
export function mse(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new RangeError(`mse of ${a.length} and ${b.length} values`);
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    sum += difference * difference;
  }
  return sum / a.length;
}

/** Peak signal-to-noise ratio in decibels, for peak 1. Infinite where the error is 0. */
export function psnr(meanSquaredError: number): number {
  return -10 * Math.log10(meanSquaredError);
}

/** Both conventions, for planes in [-1, 1]. */
export function pixelErrors(a: ArrayLike<number>, b: ArrayLike<number>): PixelErrors {
  return errorsOf(mse(a, b));
}

/** Both conventions of one mean squared error on [-1, 1]. */
export function errorsOf(mse11: number): PixelErrors {
  return { mse11, psnr11: psnr(mse11), mse01: mse11 / 4, psnr01: psnr(mse11 / 4) };
}

export interface ImageSize {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** Anisotropic total variation: the mean absolute difference of horizontal neighbours plus that of vertical ones; or their sums. */
export function totalVariation(image: ArrayLike<number>, size: ImageSize, reduction: 'mean' | 'sum' = 'mean'): number {
  const { channels, height, width } = size;
  let horizontal = 0;
  let vertical = 0;
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const i = (c * height + y) * width + x;
        if (x + 1 < width) horizontal += Math.abs((image[i + 1] as number) - (image[i] as number));
        if (y + 1 < height) vertical += Math.abs((image[i + width] as number) - (image[i] as number));
      }
    }
  }
  if (reduction === 'sum') return horizontal + vertical;
  return horizontal / (channels * height * (width - 1)) + vertical / (channels * (height - 1) * width);
}
