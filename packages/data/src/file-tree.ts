/** A folder or a zip archive, read the same way. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { LeakscopeError, reasonOf } from '@leakscope/shared/errors';
import { type Entry, openPromise } from 'yauzl';

/** Largest file that is read out of an archive, in bytes: a bound on memory against hostile archives. */
const MAX_ENTRY_BYTES = 256 * 1024 * 1024;

export interface FileTree {
  /** Where it lies, for messages. */
  readonly root: string;
  /** Paths of all files, relative to the root, with forward slashes, sorted. */
  readonly paths: readonly string[];
  read(path: string): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Opens a folder or a `.zip`. Throws DATA_MISSING where there is none, DATA_EMPTY where it is no archive. */
export async function openFileTree(root: string): Promise<FileTree> {
  const found = await stat(root).catch((cause: unknown) => {
    throw new LeakscopeError('DATA_MISSING', { path: root, cause });
  });
  return found.isDirectory() ? openFolder(root) : openZip(root);
}

async function openFolder(root: string): Promise<FileTree> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length).split(sep).filter(Boolean).join('/'))
    .sort();
  return {
    root,
    paths,
    async read(path) {
      return readFile(join(root, path)).catch((cause: unknown) => {
        throw new LeakscopeError('DATA_IMAGE_MISSING', { path: join(root, path), cause });
      });
    },
    async close() {},
  };
}

async function openZip(root: string): Promise<FileTree> {
  const zip = await openPromise(root, { lazyEntries: true, autoClose: false }).catch((cause: unknown) => {
    throw new LeakscopeError('DATA_EMPTY', { path: root, reason: `it is no zip archive (${reasonOf(cause)})`, cause });
  });
  const entries = new Map<string, Entry>();
  try {
    for await (const entry of zip.eachEntry()) {
      // Archives made on macOS carry a shadow of every file.
      if (!entry.fileName.endsWith('/') && !entry.fileName.startsWith('__MACOSX/')) entries.set(entry.fileName, entry);
    }
  } catch (cause) {
    zip.close();
    throw new LeakscopeError('DATA_EMPTY', { path: root, reason: `its index is damaged (${reasonOf(cause)})`, cause });
  }
  return {
    root,
    paths: [...entries.keys()].sort(),
    async read(path) {
      const entry = entries.get(path);
      const shown = `${root}!${path}`;
      if (entry === undefined) throw new LeakscopeError('DATA_IMAGE_MISSING', { path: shown });
      if (entry.uncompressedSize > MAX_ENTRY_BYTES) {
        const reason = `it unpacks to ${entry.uncompressedSize} bytes, more than ${MAX_ENTRY_BYTES}`;
        throw new LeakscopeError('DATA_IMAGE_CORRUPT', { path: shown, reason });
      }
      try {
        return await buffer(await zip.openReadStreamPromise(entry));
      } catch (cause) {
        throw new LeakscopeError('DATA_IMAGE_CORRUPT', { path: shown, reason: reasonOf(cause), cause });
      }
    },
    async close() {
      zip.close();
    },
  };
}
