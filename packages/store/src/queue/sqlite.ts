/** The attack queue in the run's database, for any number of worker processes on one machine. */

import { z } from 'zod';
import { all, get, run, transaction } from '../database.ts';
import type { DatabaseSync, StatementSync } from '../sqlite.ts';
import { type AttackJob, parseJob } from './attack-job.ts';
import {
  type AttackQueue,
  type FinishedJob,
  type JobError,
  type Lease,
  type QueueCounts,
  type QueueOptions,
  workerLost,
} from './attack-queue.ts';
import { defineQueue } from './kind.ts';
import { keepAll } from './policies/keep-all.ts';
import type { AdmissionPolicy } from './policy.ts';

/** The oldest job that can be taken. */
interface Head {
  readonly id: number;
  readonly job: AttackJob;
}

export class SqliteQueue implements AttackQueue {
  readonly #database: DatabaseSync;
  readonly #policy: AdmissionPolicy;
  readonly #attempts: number;
  readonly #now: () => number;
  readonly #insert: StatementSync;
  readonly #dropOldest: StatementSync;
  readonly #expired: StatementSync;
  readonly #giveUp: StatementSync;
  readonly #next: StatementSync;
  readonly #sameAttack: StatementSync;
  readonly #take: StatementSync;
  readonly #renew: StatementSync;
  readonly #finish: StatementSync;
  readonly #release: StatementSync;
  readonly #counts: StatementSync;
  readonly #finished: StatementSync;

  constructor(
    database: DatabaseSync,
    { policy = keepAll.admission({}), attempts = 3, now = Date.now }: QueueOptions = {},
  ) {
    this.#database = database;
    this.#policy = policy;
    this.#attempts = attempts;
    this.#now = now;
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
    const free = "(state = 'waiting' OR (state = 'leased' AND lease_until <= ?))";
    this.#next = database.prepare(`SELECT id, job FROM jobs WHERE ${free} ORDER BY id LIMIT 1`);
    this.#sameAttack = database.prepare(`
      SELECT id, ${free} AS free FROM jobs WHERE round = ? AND attack_index = ? AND state <> 'dropped' ORDER BY id`);
    this.#take = database.prepare(`
      UPDATE jobs SET state = 'leased', worker = ?, lease_until = ?, attempts = attempts + 1 WHERE id = ?
      RETURNING job, attempts AS attempt`);
    const held = "key = ? AND state = 'leased' AND worker = ? AND attempts = ?";
    this.#renew = database.prepare(`UPDATE jobs SET lease_until = ? WHERE ${held}`);
    this.#finish = database.prepare(`
      UPDATE jobs SET state = ?, error = ?, worker = NULL, lease_until = NULL, settled_at = ? WHERE ${held}`);
    this.#release = database.prepare(`
      UPDATE jobs SET state = 'waiting', attempts = attempts - 1, worker = NULL, lease_until = NULL WHERE ${held}`);
    this.#counts = database.prepare('SELECT state, count(*) AS number FROM jobs GROUP BY state');
    this.#finished = database.prepare(`
      SELECT job, state, attempts, error FROM jobs WHERE state IN ('done', 'failed') ORDER BY round, client, attack_index`);
  }

  async add(jobs: readonly AttackJob[], cohort: readonly string[]): Promise<('added' | 'duplicate' | 'dropped')[]> {
    const { admits, mostWaiting } = this.#policy;
    return transaction(this.#database, () => {
      const fates = jobs.map((job) => {
        const { key, round, clientId, attackIndex } = job;
        const kept = admits(job, cohort);
        const state = kept ? 'waiting' : 'dropped';
        const changes = run(this.#insert, key, round, clientId, attackIndex, JSON.stringify(job), state, this.#time());
        if (changes === 0) return 'duplicate';
        return kept ? 'added' : 'dropped';
      });
      if (mostWaiting !== undefined) run(this.#dropOldest, this.#time(), mostWaiting);
      return fates;
    });
  }

  async peek(): Promise<AttackJob | undefined> {
    return this.#head(this.#now())?.job;
  }

  async lease(worker: string, milliseconds: number, most: (job: AttackJob) => number = () => 1): Promise<Lease[]> {
    const now = this.#now();
    // One transaction, so that no two workers can take the same job.
    return transaction(this.#database, () => {
      for (const { key } of all<{ key: string }>(this.#expired, now, this.#attempts)) {
        run(this.#giveUp, JSON.stringify(workerLost(key)), this.#time(), key);
      }
      const head = this.#head(now);
      if (head === undefined) return [];
      return this.#group(head, most(head.job), now).map((id) => {
        const row = get<{ job: string; attempt: number }>(this.#take, worker, Math.ceil(now + milliseconds), id);
        const { job, attempt } = row as { job: string; attempt: number };
        return { job: parseJob(job), worker, attempt };
      });
    });
  }

  #head(now: number): Head | undefined {
    const row = get<{ id: number; job: string }>(this.#next, now);
    return row && { id: row.id, job: parseJob(row.job) };
  }

  /** Ids of the jobs that can be taken of the head's group of `size`; none for 0. */
  #group({ id, job }: Head, size: number, now: number): number[] {
    if (size <= 1) return size === 1 ? [id] : [];
    const sameAttack = all<{ id: number; free: number }>(this.#sameAttack, now, job.round, job.attackIndex);
    const first = Math.floor(sameAttack.findIndex((other) => other.id === id) / size) * size;
    return sameAttack
      .slice(first, first + size)
      .filter(({ free }) => free === 1)
      .map((other) => other.id);
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

  async finished(): Promise<FinishedJob[]> {
    type Row = { job: string; state: FinishedJob['state']; attempts: number; error: string | null };
    return all<Row>(this.#finished).map(({ job, state, attempts, error }) => ({
      job: parseJob(job),
      state,
      attempts,
      // The error of an attempt before the one that succeeded is history.
      error: state === 'failed' && error !== null ? (JSON.parse(error) as JobError) : null,
    }));
  }

  #end({ job, worker, attempt }: Lease, state: string, error: JobError | null): boolean {
    const finishedAt = state === 'waiting' ? null : this.#time();
    return run(this.#finish, state, error && JSON.stringify(error), finishedAt, job.key, worker, attempt) === 1;
  }

  #time(): string {
    return new Date(this.#now()).toISOString();
  }
}

export const sqlite = defineQueue({
  name: 'sqlite',
  summary: "in the run's database: any number of workers on one machine",
  params: z.strictObject({}),
  open: (_params, { database }, options) => new SqliteQueue(database, options),
});
