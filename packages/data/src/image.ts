/** Pixels of a file: decoded with sharp, cut as torchvision does, and normalised as the attack's models expect. */
import { LeakscopeError, reasonOf } from '@leakscope/shared/errors';
import sharp from 'sharp';
import { centreCrop, type Raster, resizeShorterSide } from './resize.ts';

/** Largest image that is decoded, in pixels: a bound on memory against hostile files. */
const MAX_IMAGE_PIXELS = 64 * 1024 * 1024;

/**
 * Decodes JPEG, PNG and whatever else sharp reads to 8-bit RGB, as PIL's `convert('RGB')` does: alpha dropped, grey
 * spread, colour profile and EXIF orientation ignored. Throws DATA_IMAGE_CORRUPT, also where a file is cut short.
 */
export async function decodeImage(bytes: Uint8Array, path: string): Promise<Raster> {
  try {
    const { data, info } = await sharp(bytes, {
      failOn: 'warning',
      limitInputPixels: MAX_IMAGE_PIXELS,
      ignoreIcc: true,
    })
      .toColourspace('srgb')
      .removeAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw new Error(`it has ${info.channels} channels`);
    return { width: info.width, height: info.height, data };
  } catch (error) {
    throw new LeakscopeError('DATA_IMAGE_CORRUPT', { path, reason: reasonOf(error), cause: error });
  }
}

/** Resize(resolution) and CenterCrop(resolution), then RGB planes of bytes: [3, resolution, resolution]. */
export function cutToPlanes(image: Raster, resolution: number): Uint8Array {
  const { data } = centreCrop(resizeShorterSide(image, resolution), resolution);
  const size = resolution * resolution;
  const planes = new Uint8Array(3 * size);
  for (let i = 0; i < size; i++) {
    planes[i] = data[3 * i] as number;
    planes[size + i] = data[3 * i + 1] as number;
    planes[2 * size + i] = data[3 * i + 2] as number;
  }
  return planes;
}

/** What ToTensor and Normalize(0.5, 0.5) make of each byte, in float32 steps as torch takes them. */
const NORMALISED = Float32Array.from({ length: 256 }, (_, byte) => Math.fround(Math.fround(byte / 255) - 0.5) / 0.5);

/** Bytes to [-1, 1]. */
export function normalise(bytes: Uint8Array): Float32Array {
  const image = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) image[i] = NORMALISED[bytes[i] as number] as number;
  return image;
}
