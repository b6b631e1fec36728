/** How like an image is to the true one. */
export { compareImages } from './compare.ts';
export { errorsOf, type ImageSize, mse, type PixelErrors, pixelErrors, psnr, totalVariation } from './pixel-errors.ts';
export { ssim, ssim11 } from './ssim.ts';
