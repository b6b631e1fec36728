/** Uploads on their way in, appended to disk as they come, so that memory does not grow with clients and a broken line costs one chunk. */
import { type FileHandle, mkdir, open, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { WireDigest } from '@leakscope/shared/digests';
import { LeakscopeError } from '@leakscope/shared/errors';
import type { NamedTensors } from '@leakscope/shared/tensors';
import { SpooledValues } from './spooled-values.ts';

/** When bytes are forced to disk: after each chunk, with the last chunk, or when the system likes. */
export type SyncPolicy = 'chunk' | 'commit' | 'never';

export interface UploadName {
  readonly clientId: string;
  readonly round: number;
  /** Promised digest and length of the whole; who receives the chunks verifies them (`Transfer` of the protocol). */
  readonly digest: WireDigest;
  readonly bytes: number;
}

export class Spool {
  readonly #folder: string;
  readonly #sync: SyncPolicy;
  readonly #open = new Map<string, SpooledUpload>();
  readonly #values = new Map<string, SpooledValues>();

  constructor(folder: string, { sync = 'commit' }: { sync?: SyncPolicy } = {}) {
    this.#folder = folder;
    this.#sync = sync;
  }

  /** The same name gives the same place, with what is there already; an earlier holder of it can write no more. */
  async open(name: UploadName): Promise<SpooledUpload> {
    await mkdir(this.#folder, { recursive: true });
    const path = join(this.#folder, fileName(name));
    const upload = new SpooledUpload({ name, path, file: await open(path, 'a+'), sync: this.#sync });
    const earlier = this.#open.get(path);
    this.#open.set(path, upload);
    // Only when its last write is through does the file have its length.
    await earlier?.close();
    await upload.begin();
    return upload;
  }

  /** Puts the values of a decoded update beside its upload; they go with it. */
  async keepValues(
    { round, clientId }: Pick<UploadName, 'round' | 'clientId'>,
    update: NamedTensors,
  ): Promise<SpooledValues> {
    await mkdir(this.#folder, { recursive: true });
    const path = join(this.#folder, `${round}-${checkedId(clientId)}.values`);
    await this.#values.get(path)?.close();
    const values = await SpooledValues.write(path, update);
    this.#values.set(path, values);
    return values;
  }

  /** Removes what belongs to rounds before `round`: folded, or given up. Called when a round ends. Returns how many files. */
  async removeBefore(round: number): Promise<number> {
    let removed = 0;
    for (const name of await readdir(this.#folder).catch(() => [])) {
      const of = /^(\d+)-/.exec(name)?.[1];
      if (of === undefined || Number(of) >= round) continue;
      const path = join(this.#folder, name);
      await this.#open.get(path)?.close();
      await this.#values.get(path)?.close();
      this.#open.delete(path);
      this.#values.delete(path);
      await unlink(path);
      removed++;
    }
    return removed;
  }

  async close(): Promise<void> {
    for (const file of [...this.#open.values(), ...this.#values.values()]) await file.close();
    this.#open.clear();
    this.#values.clear();
  }
}

function fileName({ round, clientId, digest }: UploadName): string {
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw new RangeError(`no digest of an upload: ${digest}`);
  return `${round}-${checkedId(clientId)}-${digest.slice('sha256:'.length)}.upload`;
}

/** Ids and digests come from the wire; the codec checks them, and a path must not depend on that. */
function checkedId(clientId: string): string {
  if (!/^[\w.-]+$/.test(clientId)) throw new RangeError(`no id of a client: ${clientId}`);
  return clientId;
}

interface UploadState {
  name: UploadName;
  path: string;
  file: FileHandle;
  sync: SyncPolicy;
}

export class SpooledUpload {
  readonly path: string;
  readonly #state: UploadState;
  #size = 0;
  #closed = false;

  constructor(state: UploadState) {
    this.path = state.path;
    this.#state = state;
  }

  /** Bytes on disk. */
  get offset(): number {
    return this.#size;
  }

  /** Finds what is there already. */
  async begin(): Promise<void> {
    const { file, name } = this.#held();
    this.#size = (await file.stat()).size;
    // More than was promised is no beginning of it.
    if (this.#size > name.bytes) await this.discard();
  }

  /** What is there so far, piece by piece, to be hashed and gone on from; a piece is good until the next. */
  async *pieces(bytes = 2 ** 20): AsyncGenerator<Uint8Array> {
    const { file } = this.#held();
    const piece = new Uint8Array(Math.min(bytes, this.#size));
    for (let offset = 0; offset < this.#size; ) {
      const { bytesRead } = await file.read(piece, 0, Math.min(piece.length, this.#size - offset), offset);
      if (bytesRead === 0) return;
      yield piece.subarray(0, bytesRead);
      offset += bytesRead;
    }
  }

  /** Throws STORE_UPLOAD_CLOSED where a newer connection has taken over. */
  async append(data: Uint8Array): Promise<void> {
    const { file, name, sync } = this.#held();
    await file.appendFile(data);
    this.#size += data.length;
    if (sync === 'chunk' || (sync === 'commit' && this.#size >= name.bytes)) await file.datasync();
  }

  /** Everything so far. */
  async read(): Promise<Uint8Array> {
    const { file } = this.#held();
    const size = this.#size;
    const bytes = new Uint8Array(size);
    for (let offset = 0; offset < size; ) {
      const { bytesRead } = await file.read(bytes, offset, size - offset, offset);
      if (bytesRead === 0) return bytes.subarray(0, offset);
      offset += bytesRead;
    }
    return bytes;
  }

  /** Starts again from nothing. */
  async discard(): Promise<void> {
    await this.#held().file.truncate(0);
    this.#size = 0;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#state.file.close();
  }

  #held(): UploadState {
    if (this.#closed) throw new LeakscopeError('STORE_UPLOAD_CLOSED', { digest: this.#state.name.digest });
    return this.#state;
  }
}
