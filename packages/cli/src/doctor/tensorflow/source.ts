/** Where TensorFlow's library comes from: a place that the user named, one that is usual, or Google's archive. */
import { existsSync, statSync } from 'node:fs';
import { mkdir, realpath, rename } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { LeakscopeError } from '@leakscope/shared/errors';
import type { ProgressEvent } from '../../shell/progress.ts';
import { archiveUrl, download, hasGpu } from './download.ts';
import { type Library, libraryIn, requireLibrary, usualFolders } from './library.ts';
import { digestOf, sha256 } from './manifest.ts';
import { unpackTarball, unpackWheel } from './unpack.ts';

export interface Source {
  /** Path or URL. */
  readonly path: string;
  readonly kind: 'folder' | 'wheel' | 'tarball' | 'url';
}

/** What the user named. @throws CLI_TENSORFLOW_INVALID */
export function namedSource(name: string): Source {
  const path = resolve(name);
  const invalid = (reason: string): LeakscopeError => new LeakscopeError('CLI_TENSORFLOW_INVALID', { path, reason });
  if (!existsSync(path)) throw invalid('there is no such file or folder');
  if (statSync(path).isDirectory()) return { path, kind: 'folder' };
  if (path.endsWith('.whl')) return { path, kind: 'wheel' };
  if (path.endsWith('.tar.gz') || path.endsWith('.tgz')) return { path, kind: 'tarball' };
  throw invalid('expected a folder, a Python wheel (.whl) or a libtensorflow archive (.tar.gz)');
}

/** An installed library, or the archive on the network. @throws CLI_TENSORFLOW_MISSING */
export function foundSource(environment: NodeJS.ProcessEnv): Source {
  const path = usualFolders(environment).find((folder) => libraryIn(folder) !== undefined);
  if (path !== undefined) return { path, kind: 'folder' };
  const { platform, arch } = process;
  const url = archiveUrl({ platform, arch, gpu: hasGpu() }, environment);
  if (url !== undefined) return { path: url, kind: 'url' };
  const reason = `no folder of libraries or of Python packages has it, and there is no download for ${platform} ${arch}`;
  throw new LeakscopeError('CLI_TENSORFLOW_MISSING', { reason });
}

/** What tells this source from another: the digest of the archive, or of the libraries. */
export async function digestOfSource({ path, kind }: Source): Promise<string> {
  if (kind !== 'folder') return await sha256(path);
  const { directory, files } = requireLibrary(path);
  return digestOf(await Promise.all(files.map((name) => sha256(join(directory, name)))));
}

/** The library of a source, unpacked into `keep` where it comes out of an archive; `scratch` takes what is needed only now. */
export async function libraryOf(
  { path, kind }: Source,
  { scratch, keep }: { scratch: string; keep: string },
  { onProgress, signal }: { onProgress(event: ProgressEvent): void; signal: AbortSignal },
): Promise<{ library: Library; digest: string }> {
  if (kind === 'folder') return { library: requireLibrary(path), digest: await digestOfSource({ path, kind }) };
  const megabytes = (phase: string) => (done: number, total: number) =>
    onProgress({ phase: `${phase} (MB)`, done: Math.floor(done / 1e6), total: Math.floor(total / 1e6) });
  const unpacked = join(scratch, 'unpacked');
  let archive = path;
  if (kind === 'url') {
    archive = join(scratch, 'libtensorflow.tar.gz');
    await download(path, archive, megabytes('download'), signal);
  }
  if (kind === 'wheel') await unpackWheel(archive, unpacked, megabytes('unpack'), signal);
  else await unpackTarball(archive, unpacked, signal);
  const { include, directory, files } = requireLibrary(unpacked);
  await mkdir(keep);
  // In archives of libtensorflow these names are links to a file with the full version.
  for (const name of files) await rename(await realpath(join(directory, name)), join(keep, name));
  return { library: { include, directory: keep, files }, digest: await sha256(archive) };
}
