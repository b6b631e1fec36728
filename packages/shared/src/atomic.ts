/** Files that are there whole or not at all, whenever the process or the machine dies. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

const TEMPORARY = /^\..+\.(\d+)-[0-9a-f-]{36}\.tmp$/;

/** Writes beside `path`, forces it to disk, and renames it there. The folder is made; a file that was there is replaced. */
export async function writeFileAtomically(path: string, data: Uint8Array | string): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  const temporary = join(folder, `.${basename(path)}.${process.pid}-${randomUUID()}.tmp`);
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
  await syncFolder(folder);
}

/** Forces a folder's names to disk: without it, a rename may be lost with the power. */
async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder, and keeps its names by itself.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes what processes that no longer live left half-written in `folder`; those of living ones stay. Returns how many. */
export async function removeLeftovers(folder: string): Promise<number> {
  let removed = 0;
  for (const name of await readdir(folder)) {
    const pid = TEMPORARY.exec(name)?.[1];
    if (pid === undefined || alive(Number(pid))) continue;
    await unlink(join(folder, name)).then(
      () => removed++,
      () => {},
    );
  }
  return removed;
}

/** Whether a process of this machine lives. */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
