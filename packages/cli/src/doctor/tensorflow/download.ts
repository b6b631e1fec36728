/** Google's libtensorflow archive: what the install script of tfjs-node would fetch. */
import { createWriteStream, existsSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { LeakscopeError, reasonOf } from '@leakscope/shared/errors';
import { byteCounter, type OnBytes } from './byte-counter.ts';

/** The release that tfjs-node 4.22 was written for. */
const VERSION = '2.9.1';
const HOST = 'https://storage.googleapis.com/';

/** The archive of a platform; undefined where Google publishes none. The host can be changed as for tfjs-node. */
export function archiveUrl(
  { platform, arch, gpu }: { platform: string; arch: string; gpu: boolean },
  environment: NodeJS.ProcessEnv,
): string | undefined {
  const host = environment.TFJS_NODE_CDN_STORAGE || HOST;
  const base = environment.TFJS_NODE_BASE_URI || `${host}tensorflow/libtensorflow/libtensorflow-`;
  if (arch === 'x64' && platform === 'linux') return `${base}${gpu ? 'gpu' : 'cpu'}-linux-x86_64-${VERSION}.tar.gz`;
  if (arch === 'x64' && platform === 'darwin') return `${base}cpu-darwin-x86_64-${VERSION}.tar.gz`;
  if (arch === 'arm64' && platform === 'linux') return `${host}tf-builds/libtensorflow_r2_7_linux_arm64.tar.gz`;
  if (arch === 'arm64' && platform === 'darwin') return `${host}tf-builds/libtensorflow_r2_7_darwin_arm64_cpu.tar.gz`;
  return undefined;
}

/** Whether this machine has an NVIDIA driver. */
export const hasGpu = (): boolean => existsSync('/proc/driver/nvidia/version');

/** Fetches `url` into a file. @throws CLI_TENSORFLOW_MISSING */
export async function download(url: string, target: string, onBytes: OnBytes, signal: AbortSignal): Promise<void> {
  try {
    const response = await fetch(url, { signal });
    if (!response.ok || response.body === null) throw new Error(`the server answered ${response.status}`);
    const total = Number(response.headers.get('content-length') ?? 0);
    const count = byteCounter(total, onBytes);
    await pipeline(Readable.fromWeb(response.body), count(), createWriteStream(target), { signal });
  } catch (cause) {
    if (signal.aborted) throw cause;
    // fetch says only `fetch failed`; why is in its cause.
    const inner = cause instanceof Error && cause.cause !== undefined ? cause.cause : cause;
    throw new LeakscopeError('CLI_TENSORFLOW_MISSING', { reason: `${url}: ${reasonOf(inner)}`, cause });
  }
}
