/** Measurements over time: a file of JSON lines, one a case and run, that each run is compared with and added to. */
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LeakscopeError } from '@leakscope/shared/errors';
import type { BenchCase } from './case.ts';

/** A case as a line of the history. */
interface PastCase extends BenchCase {
  /** ISO 8601, UTC. */
  readonly time: string;
}

export interface Comparison {
  readonly time: string;
  readonly median_ms: number;
  /** The earlier median over the new one: above 1, faster than before. */
  readonly ratio: number;
}

export class History {
  readonly #file: string;
  readonly #past: readonly PastCase[];

  private constructor(file: string, past: readonly PastCase[]) {
    this.#file = file;
    this.#past = past;
  }

  /** Reads a history; one that does not exist yet is empty. Throws CLI_BENCH_HISTORY_INVALID. */
  static async open(file: string): Promise<History> {
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw new LeakscopeError('CLI_BENCH_HISTORY_INVALID', { file, line: 0, reason: error.message });
    });
    const past = text.split('\n').flatMap((line, i) => (line.trim() === '' ? [] : [parsed(file, line, i + 1)]));
    return new History(file, past);
  }

  /** The latest earlier measurement of the same case by the same executor and threads on the same kind of machine. */
  previous(one: BenchCase): Comparison | undefined {
    const last = this.#past.findLast(
      ({ name, engine, threads, machine }) =>
        name === one.name &&
        engine === one.engine &&
        threads === one.threads &&
        machine.cpu === one.machine.cpu &&
        machine.cores === one.machine.cores,
    );
    if (last === undefined) return undefined;
    const ratio = Math.round((1000 * last.median_ms) / one.median_ms) / 1000;
    return { time: last.time, median_ms: last.median_ms, ratio };
  }

  /** Adds a measurement to the file; this object goes on comparing with what was there when it was opened. */
  async add(one: BenchCase, time = new Date()): Promise<void> {
    await mkdir(dirname(this.#file), { recursive: true });
    await appendFile(this.#file, `${JSON.stringify({ time: time.toISOString(), ...one })}\n`);
  }
}

function parsed(file: string, line: string, number: number): PastCase {
  const invalid = (reason: string) => new LeakscopeError('CLI_BENCH_HISTORY_INVALID', { file, line: number, reason });
  let value: Partial<PastCase>;
  try {
    value = Object(JSON.parse(line));
  } catch {
    throw invalid('no JSON');
  }
  const { time, name, median_ms, machine } = value;
  if (typeof time !== 'string' || typeof name !== 'string' || typeof median_ms !== 'number' || !machine?.cpu) {
    throw invalid('not a measurement of this command');
  }
  return value as PastCase;
}
