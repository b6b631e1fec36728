/** Metrics, null baselines and statistics of a leak, and the worker that measures it. */
export { FRECHET_FEATURES, FRECHET_SPACE, frechetDistance, frechetFeatures } from './frechet.ts';
export { type Inversion, type InversionOptions, invertImages, type PriorOptions, samplePrior } from './inversion.ts';
export { errorsOf, type ImageSize, mse, type PixelErrors, pixelErrors, psnr, totalVariation } from './metrics.ts';
export { encodePng } from './png.ts';
export { ssim, ssim11 } from './ssim.ts';
