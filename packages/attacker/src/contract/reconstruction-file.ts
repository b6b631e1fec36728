/** A reconstruction at the file boundary: tensors as safetensors, everything else as JSON; the same result gives the same bytes. */
import type { ReconstructionDetails } from '@leakscope/shared/reconstruction';
import { encodeSafetensors } from '@leakscope/shared/safetensors';
import type { NamedTensors } from '@leakscope/shared/tensors';
import type { Reconstruction } from './reconstruction.ts';

/** `images` [N, C, H, W] in [-1, 1] and, where there are any, `latents` [N, k]. */
export function reconstructionTensors({ images, imageShape, latents }: Reconstruction): Uint8Array {
  const tensors: NamedTensors = new Map([['images', stacked(images, imageShape)]]);
  const [first] = latents ?? [];
  if (latents !== undefined && first !== undefined) tensors.set('latents', stacked(latents, [first.length]));
  return encodeSafetensors(tensors, {});
}

/** Everything else: no times, no names of machines or workers. */
export function reconstructionDetails(reconstruction: Reconstruction): ReconstructionDetails {
  const { images: _images, latents: _latents, ...details } = reconstruction;
  return details;
}

function stacked(rows: readonly Float32Array[], shape: readonly number[]) {
  const size = shape.reduce((product, n) => product * n, 1);
  const data = new Float32Array(rows.length * size);
  for (const [i, row] of rows.entries()) data.set(row, i * size);
  return { shape: [rows.length, ...shape], data };
}
