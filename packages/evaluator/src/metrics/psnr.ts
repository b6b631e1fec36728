/** Peak signal-to-noise ratio, on the two scales that are in use. */
import { z } from 'zod';
import { defineMetric } from './metric.ts';
import { mse } from './mse.ts';

/** Float32 images that differ at all differ by more than this; it stands for an infinite ratio, which JSON cannot hold. */
const GREATEST = 160;

/** 10 log10(1 / error) decibels: for peak 1. At most 160. */
export function psnr(meanSquaredError: number): number {
  return Math.min(GREATEST, -10 * Math.log10(meanSquaredError));
}

export const psnr11 = defineMetric({
  name: 'psnr11',
  title: 'PSNR',
  summary: 'Peak signal-to-noise ratio on [-1, 1] with peak 1, as in the tables of the GGL paper.',
  format: { digits: 2, unit: 'dB' },
  nearer: 'higher',
  params: z.strictObject({}),
  needs: [],
  measure: ({ image, truth }) => psnr(mse(image, truth)),
});

export const psnr01 = defineMetric({
  name: 'psnr01',
  title: 'PSNR on [0, 1]',
  summary: 'The same on [0, 1], as in most other work: 6.02 dB more.',
  format: { digits: 2, unit: 'dB' },
  nearer: 'higher',
  params: z.strictObject({}),
  needs: [],
  measure: ({ image, truth }) => psnr(mse(image, truth) / 4),
});
