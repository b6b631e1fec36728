/** The leak log: one record a reconstructed image, in SQLite while the run goes, and in leaks.jsonl and leaks.csv once they are final. */
import { writeFileAtomically } from '@leakscope/shared/atomic';
import { LeakscopeError, reasonOf } from '@leakscope/shared/errors';
import { canonicalJson } from '@leakscope/shared/json';
import { toCsv } from './csv.ts';
import { all, get, run, transaction } from './database.ts';
import type { AttackJob } from './queue/attack-job.ts';
import type { RunDirectory } from './run-directory.ts';
import type { DatabaseSync, StatementSync } from './sqlite.ts';

export class Leaks {
  readonly #database: DatabaseSync;
  readonly #directory: RunDirectory;
  readonly #delete: StatementSync;
  readonly #insert: StatementSync;
  readonly #has: StatementSync;
  readonly #all: StatementSync;

  constructor(database: DatabaseSync, directory: RunDirectory) {
    this.#database = database;
    this.#directory = directory;
    this.#delete = database.prepare('DELETE FROM leaks WHERE job_key = ?');
    this.#insert = database.prepare('INSERT INTO leaks VALUES (?, ?, ?, ?, ?, ?)');
    this.#has = database.prepare('SELECT 1 FROM leaks WHERE job_key = ? LIMIT 1');
    this.#all = database.prepare('SELECT record FROM leaks ORDER BY round, client, attack_index, image');
  }

  /**
   * The records of one job, one an image in order: plain JSON whose shape is the evaluator's, with all that depends on the clock under `times`.
   * All are kept or none; an earlier evaluation of the job is replaced. They come into the files with `writeLog`.
   * Throws STORE_RECORD_INVALID for a number that is not finite.
   */
  add(job: Pick<AttackJob, 'key' | 'round' | 'clientId' | 'attackIndex'>, records: readonly object[]): void {
    const { key, round, clientId, attackIndex } = job;
    const lines = records.map((record) => {
      try {
        return canonicalJson(record);
      } catch (cause) {
        throw new LeakscopeError('STORE_RECORD_INVALID', { key, reason: reasonOf(cause), cause });
      }
    });
    transaction(this.#database, () => {
      run(this.#delete, key);
      for (const [image, line] of lines.entries()) run(this.#insert, key, image, round, clientId, attackIndex, line);
    });
  }

  /** Whether a job has been evaluated. */
  has(jobKey: string): boolean {
    return get(this.#has, jobKey) !== undefined;
  }

  /** By round, client, attack and image, whoever finished first. `R` is what was added. */
  list<R extends object = Readonly<Record<string, unknown>>>(): R[] {
    return all<{ record: string }>(this.#all).map(({ record }) => JSON.parse(record) as R);
  }

  /** Writes leaks.jsonl and leaks.csv anew, in order: two runs of one seed give the same bytes but for `times`, which the table leaves out. */
  async writeLog(): Promise<void> {
    const lines = all<{ record: string }>(this.#all).map(({ record }) => `${record}\n`);
    await writeFileAtomically(this.#directory.leakLog, lines.join(''));
    await writeFileAtomically(
      this.#directory.leakTable,
      toCsv(this.list().map(({ times: _times, ...record }) => record)),
    );
  }
}

/** A leak log without its times: what a comparison of two runs compares. */
export function stripTimes(jsonLines: string): string {
  return jsonLines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const { times: _times, ...record } = JSON.parse(line) as Readonly<Record<string, unknown>>;
      return `${canonicalJson(record)}\n`;
    })
    .join('');
}
