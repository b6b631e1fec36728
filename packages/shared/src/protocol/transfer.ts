/** Transfers: many bytes in chunks with a running hash, so that a broken one is noticed at once and goes on where it stopped. */
import { createHash } from 'node:crypto';
import { type WireDigest, wireDigest } from '../digests.ts';
import { LeakscopeError } from '../errors.ts';
import { PROTOCOL_LIMITS, type ProtocolLimits } from './limits.ts';
import type { MessageOf } from './message.ts';

export type Chunk = MessageOf<'chunk'>;

interface ChunkOptions {
  /** The first byte to send: what the receiver has acknowledged. */
  offset?: number;
  chunkBytes?: number;
  /** Of the whole, where it is known already. */
  digest?: WireDigest;
}

/** The chunks of `bytes` from `offset` on. An empty transfer has none. */
export function* chunksOf(
  bytes: Uint8Array,
  { offset = 0, chunkBytes = PROTOCOL_LIMITS.chunkBytes, digest = wireDigest(bytes) }: ChunkOptions = {},
): Generator<Chunk> {
  const hash = createHash('sha256').update(bytes.subarray(0, offset));
  for (let start = offset; start < bytes.length; start += chunkBytes) {
    const data = bytes.subarray(start, start + chunkBytes);
    hash.update(data);
    yield { type: 'chunk', digest, offset: start, data, runningHash: hash.copy().digest() };
  }
}

export interface TransferOptions {
  /** Promised digest of the whole. */
  digest: WireDigest;
  /** Promised length of the whole, in bytes. */
  bytes: number;
  limits?: Partial<Pick<ProtocolLimits, 'chunkBytes' | 'transferBytes'>>;
}

/**
 * The receiving side's bookkeeping: checks each chunk's place and hash, and the digest of the whole; keeps no bytes.
 * Who keeps them (memory here, the spool in `store`) writes a chunk after `check` has passed it.
 */
export class Transfer {
  readonly digest: WireDigest;
  readonly bytes: number;
  readonly #chunkBytes: number;
  #hash = createHash('sha256');
  #offset = 0;

  /** Throws PROTOCOL_LIMIT_EXCEEDED before anything is allocated. */
  constructor({ digest, bytes, limits = {} }: TransferOptions) {
    const { chunkBytes, transferBytes } = { ...PROTOCOL_LIMITS, ...limits };
    if (bytes > transferBytes) {
      throw new LeakscopeError('PROTOCOL_LIMIT_EXCEEDED', {
        limit: 'transferBytes',
        value: bytes,
        maximum: transferBytes,
      });
    }
    this.digest = digest;
    this.bytes = bytes;
    this.#chunkBytes = chunkBytes;
  }

  /** Bytes [0, offset) have come and their hash was right. */
  get offset(): number {
    return this.#offset;
  }

  get complete(): boolean {
    return this.#offset === this.bytes;
  }

  /** Takes up bytes that an earlier connection left behind. */
  resume(kept: Uint8Array): void {
    if (this.#offset + kept.length > this.bytes)
      throw this.#invalid(`${kept.length} kept bytes are more than the whole`);
    this.#hash.update(kept);
    this.#offset += kept.length;
  }

  /** Throws PROTOCOL_CHUNK_INVALID for a wrong place, length or hash; the transfer then stands where it stood. */
  check({ digest, offset, data, runningHash }: Chunk): void {
    if (digest !== this.digest) throw this.#invalid(`it belongs to ${digest}`);
    if (offset !== this.#offset) throw this.#invalid(`its offset is ${offset}, expected ${this.#offset}`);
    if (data.length === 0 || data.length > this.#chunkBytes) throw this.#invalid(`it holds ${data.length} bytes`);
    if (offset + data.length > this.bytes) throw this.#invalid(`it ends at ${offset + data.length}, after the whole`);
    const next = this.#hash.copy().update(data);
    if (!next.copy().digest().equals(runningHash)) throw this.#invalid('its hash is wrong');
    this.#hash = next;
    this.#offset += data.length;
  }

  /** Throws PROTOCOL_CHUNK_INVALID where bytes are missing, PROTOCOL_DIGEST_MISMATCH where the whole is another. */
  finish(): void {
    if (!this.complete) throw this.#invalid(`${this.bytes - this.#offset} bytes are missing`);
    const actual = `sha256:${this.#hash.copy().digest('hex')}`;
    if (actual !== this.digest) throw new LeakscopeError('PROTOCOL_DIGEST_MISMATCH', { expected: this.digest, actual });
  }

  #invalid(reason: string): LeakscopeError {
    return new LeakscopeError('PROTOCOL_CHUNK_INVALID', { digest: this.digest, reason });
  }
}

/** A transfer kept in memory: what a client does with the weights. Memory grows with what came, not with what was promised. */
export class Reassembler {
  readonly #transfer: Transfer;
  readonly #parts: Uint8Array[] = [];

  constructor(options: TransferOptions) {
    this.#transfer = new Transfer(options);
  }

  get offset(): number {
    return this.#transfer.offset;
  }

  get complete(): boolean {
    return this.#transfer.complete;
  }

  accept(chunk: Chunk): void {
    this.#transfer.check(chunk);
    // A frame's buffer may be used again by the socket.
    this.#parts.push(chunk.data.slice());
  }

  /** The whole, its digest verified. */
  finish(): Uint8Array {
    this.#transfer.finish();
    return Buffer.concat(this.#parts);
  }
}
