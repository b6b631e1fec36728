/** What an attack committed to the store, as the evaluator reads it. */

import type { BlobDigest } from '@leakscope/shared/digests';
import { LeakscopeError } from '@leakscope/shared/errors';
import type { ReconstructionDetails } from '@leakscope/shared/reconstruction';
import { decodeSafetensors } from '@leakscope/shared/safetensors';
import type { NamedTensors } from '@leakscope/shared/tensors';
import type { FinishedJob, Store } from '@leakscope/store';
import type { ReconstructedBatch } from '../assessment.ts';
import type { LeakDetails } from '../record.ts';

/** Tensors of a safetensors blob. */
export async function readTensors(store: Store, digest: BlobDigest): Promise<NamedTensors> {
  return decodeSafetensors(await store.blobs.get(digest, 'safetensors')).tensors;
}

/** The images and labels of a finished job; null where the attack failed. Throws EVAL_RECONSTRUCTION_INVALID. */
export async function readReconstruction(
  store: Store,
  { job, state }: FinishedJob,
  resolution: number,
): Promise<ReconstructedBatch | null> {
  const committed = store.reconstructions.get(job.key);
  if (state === 'failed' || committed === undefined) return null;
  const fail = (reason: string): never => {
    throw new LeakscopeError('EVAL_RECONSTRUCTION_INVALID', { key: job.key, reason });
  };
  const images = (await readTensors(store, committed.digest)).get('images') ?? fail('there is no tensor `images`');
  const [count = 0, ...shape] = images.shape;
  const size = 3 * resolution ** 2;
  if (count === 0 || shape.reduce((a, b) => a * b, 1) !== size) fail(`its images are ${images.shape.join('x')}`);
  const { labels } = committed.details;
  if (labels.length !== count) fail(`it has ${labels.length} labels for ${count} images`);
  if (!images.data.every(Number.isFinite)) fail('some of its pixels are not finite');
  return { images: Array.from({ length: count }, (_, k) => images.data.slice(k * size, (k + 1) * size)), labels };
}

/** What goes into the log of what the attack said of itself: all but its labels, which are judged, and its long loss curve. */
export function detailsOf({ labels: _labels, losses: _losses, ...rest }: ReconstructionDetails): LeakDetails {
  return rest;
}
