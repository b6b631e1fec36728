/** Contact sheets: many small images as one PNG. */
import { writeFile } from 'node:fs/promises';
import { encodePng } from '@leakscope/evaluator';

interface GridOptions {
  /** Side of each image, in pixels. */
  readonly side: number;
  readonly columns: number;
  /** Each pixel becomes scale x scale. Default 2. */
  readonly scale?: number;
}

/** Square images [3, side, side] laid out row by row, as planes. */
export function mosaic(
  images: readonly Float32Array[],
  { side, columns, scale = 2 }: GridOptions,
): { planes: Float32Array; width: number; height: number } {
  const tile = side * scale;
  const width = columns * tile;
  const height = Math.ceil(images.length / columns) * tile;
  const planes = new Float32Array(3 * width * height).fill(-1);
  for (const [n, image] of images.entries()) {
    const left = (n % columns) * tile;
    const top = Math.floor(n / columns) * tile;
    for (let c = 0; c < 3; c++) {
      for (let y = 0; y < tile; y++) {
        for (let x = 0; x < tile; x++) {
          const from = (c * side + Math.floor(y / scale)) * side + Math.floor(x / scale);
          planes[(c * height + top + y) * width + left + x] = image[from] as number;
        }
      }
    }
  }
  return { planes, width, height };
}

/** Writes the contact sheet of `images`, in [-1, 1], as a PNG. */
export async function writeGrid(path: string, images: readonly Float32Array[], options: GridOptions): Promise<void> {
  const { planes, width, height } = mosaic(images, options);
  await writeFile(path, await encodePng(planes, width, height));
}
