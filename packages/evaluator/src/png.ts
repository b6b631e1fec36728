/** Pictures for people. */
import sharp from 'sharp';

/** A PNG of RGB planes in [-1, 1]; values beyond are clamped. */
export async function encodePng(image: Float32Array, width: number, height: number = width): Promise<Uint8Array> {
  const size = width * height;
  if (image.length !== 3 * size) throw new RangeError(`${image.length} values are no ${width} x ${height} RGB image`);
  const bytes = new Uint8Array(3 * size);
  for (let i = 0; i < size; i++) {
    for (let c = 0; c < 3; c++) {
      bytes[3 * i + c] = Math.round(Math.max(0, Math.min(1, ((image[c * size + i] as number) + 1) / 2)) * 255);
    }
  }
  return sharp(bytes, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 9 })
    .toBuffer();
}
