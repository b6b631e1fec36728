/** Takes headers and libraries out of a Python wheel or of Google's libtensorflow archive. */
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { LeakscopeError, reasonOf } from '@leakscope/shared/errors';
import { openPromise } from 'yauzl';
import { byteCounter, type OnBytes } from './byte-counter.ts';

/** What of a wheel the binding needs: the C API's headers, those they include, and two libraries. */
const WANTED =
  /^tensorflow\/(include\/(tensorflow\/(c|core\/platform)|tsl|xla\/tsl)\/.*\.h|libtensorflow_(cc|framework)\.(so\.2|2\.dylib))$/;

/** Unpacks what is needed of a `.whl` (a zip archive) into `folder`, with its paths. @throws CLI_TENSORFLOW_INVALID */
export async function unpackWheel(path: string, folder: string, onBytes: OnBytes, signal: AbortSignal): Promise<void> {
  try {
    const zip = await openPromise(path, { lazyEntries: true, autoClose: false });
    try {
      const entries = [];
      for await (const entry of zip.eachEntry()) if (WANTED.test(entry.fileName)) entries.push(entry);
      const total = entries.reduce((sum, entry) => sum + entry.uncompressedSize, 0);
      const count = byteCounter(total, onBytes);
      for (const entry of entries) {
        const target = join(folder, entry.fileName);
        await mkdir(dirname(target), { recursive: true });
        await pipeline(await zip.openReadStreamPromise(entry), count(), createWriteStream(target), { signal });
      }
    } finally {
      zip.close();
    }
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new LeakscopeError('CLI_TENSORFLOW_INVALID', { path, reason: reasonOf(cause), cause });
  }
}

/** Unpacks a `.tar.gz` into `folder` with the system's tar. @throws CLI_TENSORFLOW_INVALID */
export async function unpackTarball(path: string, folder: string, signal: AbortSignal): Promise<void> {
  await mkdir(folder, { recursive: true });
  const child = spawn('tar', ['-xzf', path, '-C', folder], { stdio: ['ignore', 'ignore', 'pipe'], signal });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const reason = await new Promise<string | undefined>((resolve, reject) => {
    child.once('error', (error) => (signal.aborted ? reject(error) : resolve(`tar: ${reasonOf(error)}`)));
    child.once('close', (code) => resolve(code === 0 ? undefined : stderr.trim().split('\n')[0] || `tar: ${code}`));
  });
  if (reason !== undefined) throw new LeakscopeError('CLI_TENSORFLOW_INVALID', { path, reason });
}
