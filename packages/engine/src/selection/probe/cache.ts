/** Results of probes, kept in one file for as long as the machine looks the same. */
import { mkdir, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { alive, writeFileAtomically } from '@leakscope/shared/atomic';
import { leakscopeHome } from '@leakscope/shared/home';
import { fingerprint } from './machine.ts';
import type { Probed, ProbeResult } from './result.ts';

export type ProbeResults = Readonly<Partial<Record<Probed, ProbeResult>>>;

interface CacheFile {
  readonly format: 1;
  readonly fingerprint: string;
  readonly created: string;
  readonly results: ProbeResults;
}

/** $LEAKSCOPE_HOME/probes.json, else ~/.leakscope/probes.json. */
export const cachePath = (): string => join(leakscopeHome(), 'probes.json');

/** What was found on this machine as it is now; undefined where nothing was, or it has changed since. */
export async function readProbes(): Promise<ProbeResults | undefined> {
  try {
    const file = JSON.parse(await readFile(cachePath(), 'utf8')) as CacheFile;
    return file.format === 1 && file.fingerprint === fingerprint() ? file.results : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps results for the processes to come. A folder that cannot be written costs them a probe each, and no more. */
export async function writeProbes(results: ProbeResults): Promise<void> {
  const file: CacheFile = { format: 1, fingerprint: fingerprint(), created: new Date().toISOString(), results };
  await writeFileAtomically(cachePath(), `${JSON.stringify(file, undefined, 2)}\n`).catch(() => {});
}

const PAUSE_MS = 100;
/** A run's processes start together: each waits this long for the one that probes, then goes without. */
const PATIENCE_MS = 300_000;

/**
 * The results on file, or else those of `probe`, which one process at a time does while the others wait for its file.
 * Undefined where another process did not come to an end.
 */
export async function probesOnce(probe: () => Promise<ProbeResults>): Promise<ProbeResults | undefined> {
  const lock = `${cachePath()}.lock`;
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await pause(PAUSE_MS)) {
    const known = await readProbes();
    if (known !== undefined) return known;
    const taken = await take(lock);
    if (taken === 'theirs') continue;
    try {
      const results = await probe();
      await writeProbes(results);
      return results;
    } finally {
      if (taken === 'ours') await unlink(lock).catch(() => {});
    }
  }
  return undefined;
}

/** Takes the lock; removes that of a process that no longer lives. `none`: no file can be made here, so each process probes for itself. */
async function take(lock: string): Promise<'ours' | 'theirs' | 'none'> {
  try {
    await mkdir(dirname(lock), { recursive: true });
    await writeFile(lock, `${process.pid}`, { flag: 'wx' });
    return 'ours';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return 'none';
  }
  const pid = Number(await readFile(lock, 'utf8').catch(() => ''));
  const made = await stat(lock).catch(() => undefined);
  const old = made !== undefined && Date.now() - made.mtimeMs > PATIENCE_MS;
  if (old || (pid > 0 && !alive(pid))) await unlink(lock).catch(() => {});
  return 'theirs';
}
