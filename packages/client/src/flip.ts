/** The one augmentation: faces seen in a mirror. */
import type { Example } from '@leakscope/data';

/** The example mirrored left to right, its planes [C, resolution, resolution]. */
export function horizontalFlip(example: Example, resolution: number): Example {
  const image = example.image.slice();
  for (let row = 0; row < image.length; row += resolution) image.subarray(row, row + resolution).reverse();
  return { ...example, image };
}
