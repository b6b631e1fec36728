/** All metrics of one pair of images. */

import { type ImageMetrics, METRIC_NAMES } from '../record.ts';
import type { AttributeJudge } from './attribute-judge.ts';
import { type ImageSize, mse, type PixelErrors, pixelErrors } from './pixel-errors.ts';
import { ssim11 } from './ssim.ts';

/** Float32 images that differ at all differ by more than this; it stands for an infinite ratio, which JSON cannot hold. */
export const GREATEST_PSNR = 160;

const SSIM_SIDE = 11;

/** An image, and where they are known its penultimate features under the victim model. */
export interface Rendered {
  readonly image: Float32Array;
  readonly features?: Float32Array;
}

export interface TrueFace extends Rendered {
  readonly attributes: Readonly<Record<string, boolean>>;
}

/** MSE and PSNR in both conventions and SSIM, of planes in [-1, 1]. */
export function compareImages(
  image: Float32Array,
  truth: Float32Array,
  size: ImageSize,
): PixelErrors & { readonly ssim: number | null } {
  const { mse11, psnr11, mse01, psnr01 } = pixelErrors(image, truth);
  return {
    mse11,
    psnr11: Math.min(GREATEST_PSNR, psnr11),
    mse01,
    psnr01: Math.min(GREATEST_PSNR, psnr01),
    ssim: Math.min(size.height, size.width) < SSIM_SIDE ? null : ssim11(image, truth, size),
  };
}

/** Every metric of a leak record; null for those that need features or a judge that is not there. */
export function compareFaces(
  candidate: Rendered,
  truth: TrueFace,
  size: ImageSize,
  judge: AttributeJudge,
): ImageMetrics {
  const { features } = candidate;
  return {
    ...compareImages(candidate.image, truth.image, size),
    mseR: features === undefined || truth.features === undefined ? null : mse(features, truth.features),
    attributeAgreement: judge.agreement(candidate.image, truth.attributes),
  };
}

/** Metric by metric the mean over several comparisons, of those where the metric is known. */
export function meanMetrics(all: readonly ImageMetrics[]): ImageMetrics {
  const entries = METRIC_NAMES.map((name) => {
    const known = all.flatMap((metrics) => metrics[name] ?? []);
    return [name, known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length];
  });
  return Object.fromEntries(entries) as ImageMetrics;
}
