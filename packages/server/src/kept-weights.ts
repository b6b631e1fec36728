/** The weights that attackers start from, as blobs: the same theta is hashed and written once, however many rounds start from it. */
import type { BlobDigest, WireDigest } from '@leakscope/shared/digests';
import { encodeSafetensors } from '@leakscope/shared/safetensors';
import type { NamedTensors } from '@leakscope/shared/tensors';
import type { Blobs } from '@leakscope/store';

export class KeptWeights {
  readonly #blobs: Blobs;
  #last: { wire: WireDigest; blob: BlobDigest } | undefined;

  constructor(blobs: Blobs) {
    this.#blobs = blobs;
  }

  /** `wire`: the digest under which the clients fetched them. */
  async keep(wire: WireDigest, weights: NamedTensors): Promise<BlobDigest> {
    if (this.#last?.wire !== wire) {
      this.#last = { wire, blob: await this.#blobs.put(encodeSafetensors(weights), 'safetensors') };
    }
    return this.#last.blob;
  }
}
