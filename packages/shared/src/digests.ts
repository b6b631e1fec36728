/** Digests by what they are of: two types that do not mix, because the same update has another digest on the wire than as a blob. */
import { z } from 'zod';
import { digestBytes } from './tensors.ts';

const sha256 = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'expected sha256:<64 hex digits>');

export const wireDigestSchema = sha256.brand<'WireDigest'>();

/** `sha256:<hex>` of tensors as they were encoded for the wire: names a transfer, an upload, a client's truth. */
export type WireDigest = z.output<typeof wireDigestSchema>;

export const blobDigestSchema = sha256.brand<'BlobDigest'>();

/** `sha256:<hex>` of a file in a run's `blobs` folder: names that file. */
export type BlobDigest = z.output<typeof blobDigestSchema>;

/** The digest of encoded tensors. */
export const wireDigest = (bytes: Uint8Array): WireDigest => digestBytes(bytes) as WireDigest;

/** The digest of a blob's content. */
export const blobDigest = (bytes: Uint8Array): BlobDigest => digestBytes(bytes) as BlobDigest;
