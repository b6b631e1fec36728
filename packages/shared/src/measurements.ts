/** Measurements of this machine that outlive a run, in one small file. */
import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import type { z } from 'zod';
import { writeFileAtomically } from './atomic.ts';
import { leakscopeHome } from './home.ts';
import { version } from './version.ts';

/** Something that is measured once. */
export interface Measurements {
  /** What was measured under `name` on such a machine, where it still reads as `schema`; or else what `measure` gives, which is kept. */
  of<T>(name: string, schema: z.ZodType<T>, measure: () => Promise<T>): Promise<T>;
}

/** Kept in $LEAKSCOPE_HOME/measurements.json. A file that cannot be read or written costs a measurement, no more. */
export function keptMeasurements(
  path = join(leakscopeHome(), 'measurements.json'),
  machine = machineName(),
): Measurements {
  return {
    async of<T>(name: string, schema: z.ZodType<T>, measure: () => Promise<T>): Promise<T> {
      const key = `${name}; ${machine}`;
      const known = schema.safeParse((await entries(path))[key]);
      if (known.success) return known.data;
      const value = await measure();
      // Read again: another process may have added its own meanwhile.
      const all = { ...(await entries(path)), [key]: value };
      await writeFileAtomically(path, `${JSON.stringify(all, null, 2)}\n`).catch(() => {});
      return value;
    },
  };
}

async function entries(path: string): Promise<Record<string, unknown>> {
  try {
    const read: unknown = JSON.parse(await readFile(path, 'utf8'));
    return typeof read === 'object' && read !== null && !Array.isArray(read) ? (read as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** What a measurement depends on, as far as it is cheap to know. */
const machineName = (): string =>
  `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} cores, node ${process.versions.node}, leakscope ${version()}`;
