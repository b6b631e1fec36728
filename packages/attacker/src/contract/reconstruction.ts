/** What an attack reconstructed: images in memory, and everything else as a record that processes hand on. */
import type { ReconstructionDetails } from '@leakscope/shared/reconstruction';

export interface Reconstruction extends ReconstructionDetails {
  /** One for each example, CHW in [-1, 1], with its label. */
  readonly images: readonly Float32Array[];
  /** Where the images come from a generator. */
  readonly latents?: readonly Float32Array[];
}
