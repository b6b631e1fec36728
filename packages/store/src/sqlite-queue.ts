/** The attack queue in the run's database, for any number of worker processes on one machine. */
import { all, get, run, transaction } from './database.ts';
import {
  type AttackJob,
  type AttackQueue,
  isSampled,
  type JobError,
  type Lease,
  type QueueCounts,
  type QueueOptions,
  type SettledJob,
  workerLost,
} from './queue.ts';
import type { DatabaseSync, StatementSync } from './sqlite.ts';

export class SqliteQueue implements AttackQueue {
  readonly #database: DatabaseSync;
  readonly #options: QueueOptions;
  readonly #attempts: number;
  readonly #now: () => number;
  readonly #insert: StatementSync;
  readonly #dropOldest: StatementSync;
  readonly #expired: StatementSync;
  readonly #giveUp: StatementSync;
  readonly #take: StatementSync;
  readonly #renew: StatementSync;
  readonly #settle: StatementSync;
  readonly #release: StatementSync;
  readonly #counts: StatementSync;
  readonly #settled: StatementSync;

  constructor(database: DatabaseSync, options: QueueOptions = { policy: 'keep-all' }) {
    this.#database = database;
    this.#options = options;
    this.#attempts = options.attempts ?? 3;
    this.#now = options.now ?? Date.now;
    this.#insert = database.prepare(`
      INSERT INTO jobs (key, round, client, attack_index, job, state, added_at) VALUES (?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (key) DO NOTHING`);
    this.#dropOldest = database.prepare(`
      UPDATE jobs SET state = 'dropped', settled_at = ?
      WHERE state = 'waiting' AND id NOT IN (SELECT id FROM jobs WHERE state = 'waiting' ORDER BY id DESC LIMIT ?)`);
    this.#expired = database.prepare(
      "SELECT key FROM jobs WHERE state = 'leased' AND lease_until <= ? AND attempts >= ?",
    );
    this.#giveUp = database.prepare(`
      UPDATE jobs SET state = 'failed', worker = NULL, lease_until = NULL, error = ?, settled_at = ? WHERE key = ?`);
    // One statement, so that no two workers can take the same job.
    this.#take = database.prepare(`
      UPDATE jobs SET state = 'leased', worker = ?, lease_until = ?, attempts = attempts + 1
      WHERE id = (SELECT id FROM jobs WHERE state = 'waiting' OR (state = 'leased' AND lease_until <= ?) ORDER BY id LIMIT 1)
      RETURNING job, attempts AS attempt`);
    const held = "key = ? AND state = 'leased' AND worker = ? AND attempts = ?";
    this.#renew = database.prepare(`UPDATE jobs SET lease_until = ? WHERE ${held}`);
    this.#settle = database.prepare(`
      UPDATE jobs SET state = ?, error = ?, worker = NULL, lease_until = NULL, settled_at = ? WHERE ${held}`);
    this.#release = database.prepare(`
      UPDATE jobs SET state = 'waiting', attempts = attempts - 1, worker = NULL, lease_until = NULL WHERE ${held}`);
    this.#counts = database.prepare('SELECT state, count(*) AS number FROM jobs GROUP BY state');
    this.#settled = database.prepare(`
      SELECT job, state, attempts, error FROM jobs WHERE state IN ('done', 'failed') ORDER BY round, client, attack_index`);
  }

  async add(job: AttackJob, cohort: readonly string[]): Promise<'added' | 'duplicate' | 'dropped'> {
    const options = this.#options;
    const kept = options.policy !== 'sample' || isSampled(job, cohort, options);
    return transaction(this.#database, () => {
      const { key, round, clientId, attackIndex } = job;
      const state = kept ? 'waiting' : 'dropped';
      const changes = run(this.#insert, key, round, clientId, attackIndex, JSON.stringify(job), state, this.#time());
      if (changes === 0) return 'duplicate';
      if (options.policy === 'newest') run(this.#dropOldest, this.#time(), options.limit);
      return kept ? 'added' : 'dropped';
    });
  }

  async lease(worker: string, milliseconds: number): Promise<Lease | undefined> {
    const now = this.#now();
    const row = transaction(this.#database, () => {
      for (const { key } of all<{ key: string }>(this.#expired, now, this.#attempts)) {
        run(this.#giveUp, JSON.stringify(workerLost(key)), this.#time(), key);
      }
      return get<{ job: string; attempt: number }>(this.#take, worker, Math.ceil(now + milliseconds), now);
    });
    return row && { job: JSON.parse(row.job) as AttackJob, worker, attempt: row.attempt };
  }

  async renew({ job, worker, attempt }: Lease, milliseconds: number): Promise<boolean> {
    return run(this.#renew, Math.ceil(this.#now() + milliseconds), job.key, worker, attempt) === 1;
  }

  async complete(lease: Lease): Promise<boolean> {
    return this.#end(lease, 'done', null);
  }

  async fail(lease: Lease, error: JobError): Promise<'retry' | 'failed' | 'lost'> {
    const state = lease.attempt < this.#attempts ? 'waiting' : 'failed';
    if (!this.#end(lease, state, error)) return 'lost';
    return state === 'failed' ? 'failed' : 'retry';
  }

  async release({ job, worker, attempt }: Lease): Promise<boolean> {
    return run(this.#release, job.key, worker, attempt) === 1;
  }

  async counts(): Promise<QueueCounts> {
    const counts = { waiting: 0, leased: 0, done: 0, failed: 0, dropped: 0 };
    for (const { state, number } of all<{ state: keyof QueueCounts; number: number }>(this.#counts))
      counts[state] = number;
    return counts;
  }

  async settled(): Promise<SettledJob[]> {
    type Row = { job: string; state: SettledJob['state']; attempts: number; error: string | null };
    return all<Row>(this.#settled).map(({ job, state, attempts, error }) => ({
      job: JSON.parse(job) as AttackJob,
      state,
      attempts,
      // The error of an attempt before the one that succeeded is history.
      error: state === 'failed' && error !== null ? (JSON.parse(error) as JobError) : null,
    }));
  }

  #end({ job, worker, attempt }: Lease, state: string, error: JobError | null): boolean {
    const settledAt = state === 'waiting' ? null : this.#time();
    return run(this.#settle, state, error && JSON.stringify(error), settledAt, job.key, worker, attempt) === 1;
  }

  #time(): string {
    return new Date(this.#now()).toISOString();
  }
}
