/** Content-addressed files: what has a name has its content. The store keeps bytes; what they mean is their writer's affair. */
import { existsSync } from 'node:fs';
import { readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '@leakscope/shared/atomic';
import { type BlobDigest, blobDigest } from '@leakscope/shared/digests';
import { LeakscopeError } from '@leakscope/shared/errors';

export type BlobKind = 'safetensors' | 'png' | 'json';

export class Blobs {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Where the blob lies, or would lie: `blobs/<hex>.<kind>`. */
  path(digest: BlobDigest, kind: BlobKind): string {
    const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
    if (hex === undefined) throw new LeakscopeError('STORE_BLOB_MISSING', { path: digest });
    return join(this.#folder, `${hex}.${kind}`);
  }

  has(digest: BlobDigest, kind: BlobKind): boolean {
    return existsSync(this.path(digest, kind));
  }

  /** Keeps `bytes`, atomically, and returns their digest. What is there already is not written again. */
  async put(bytes: Uint8Array, kind: BlobKind): Promise<BlobDigest> {
    const digest = blobDigest(bytes);
    if (!this.has(digest, kind)) await writeFileAtomically(this.path(digest, kind), bytes);
    return digest;
  }

  /** Throws STORE_BLOB_MISSING, or STORE_BLOB_CORRUPT where the content is no longer that of the name. */
  async get(digest: BlobDigest, kind: BlobKind): Promise<Uint8Array> {
    const path = this.path(digest, kind);
    let bytes: Uint8Array;
    try {
      bytes = await readFile(path);
    } catch (cause) {
      throw new LeakscopeError('STORE_BLOB_MISSING', { path, cause });
    }
    const actual = blobDigest(bytes);
    if (actual !== digest) throw new LeakscopeError('STORE_BLOB_CORRUPT', { path, digest, actual });
    return bytes;
  }

  /** Forgets a blob that nothing refers to any more; one that is not there is no error. */
  async remove(digest: BlobDigest, kind: BlobKind): Promise<void> {
    await unlink(this.path(digest, kind)).catch(() => {});
  }
}
