/** The attack queue: what every implementation must do, the one in SQLite and those for several machines. */
import { LeakscopeError } from '@leakscope/shared/errors';
import type { AttackJob } from './attack-job.ts';
import type { AdmissionPolicy } from './policy.ts';

/** What became of a failed attack. */
export interface JobError {
  readonly code: string;
  readonly message: string;
}

/** A job in a worker's hands. The attempt number tells a worker that was too slow from the one that has the job now. */
export interface Lease {
  readonly job: AttackJob;
  readonly worker: string;
  /** From 1. */
  readonly attempt: number;
}

export interface FinishedJob {
  readonly job: AttackJob;
  readonly state: 'done' | 'failed';
  readonly attempts: number;
  readonly error: JobError | null;
}

export interface QueueCounts {
  readonly waiting: number;
  readonly leased: number;
  readonly done: number;
  /** Given up after their last attempt. */
  readonly failed: number;
  /** Turned away by the policy. */
  readonly dropped: number;
}

export interface QueueOptions {
  /** Which jobs are let in; default all of them. */
  readonly policy?: AdmissionPolicy;
  /** A job that failed, or whose lease ran out, this often is given up. Default 3. */
  readonly attempts?: number;
  /** Milliseconds since 1970; tests set it. */
  readonly now?: () => number;
}

export interface AttackQueue {
  /**
   * Adds a round's jobs, all at once, so that no worker sees half of them. `cohort`: the clients of the round, from which a
   * policy may draw, so that what is kept does not depend on who came first. A key that was added before, whatever became of
   * it, is a duplicate. Returns the fate of each job, in the order given.
   */
  add(jobs: readonly AttackJob[], cohort: readonly string[]): Promise<('added' | 'duplicate' | 'dropped')[]>;
  /** The job that `lease` would give now. */
  peek(): Promise<AttackJob | undefined>;
  /**
   * The oldest job that waits, or one whose worker went silent, with others of its group; empty where there is none now.
   * The jobs of one attack on one round, in the order of arrival, fall into groups of `most`, whoever takes them and when: with
   * 3 and the clients a to e, {a, b, c} and {d, e}. What can be taken now of the job's group is given, all at once. `most` is
   * asked with that job and answers 1 or more, or 0 to take none; by default a group is one job.
   */
  lease(worker: string, milliseconds: number, most?: (job: AttackJob) => number): Promise<Lease[]>;
  /** Keeps a lease for `milliseconds` from now. False: it is lost, and the work is another's. */
  renew(lease: Lease, milliseconds: number): Promise<boolean>;
  /** False: the lease is lost. */
  complete(lease: Lease): Promise<boolean>;
  /** Hands a job back: to be tried again, or given up after the last attempt. */
  fail(lease: Lease, error: JobError): Promise<'retry' | 'failed' | 'lost'>;
  /** Puts a job back untried, as a worker does that is told to stop. False: the lease is lost. */
  release(lease: Lease): Promise<boolean>;
  counts(): Promise<QueueCounts>;
  /** Jobs that are done or given up, by round, client and attack. */
  finished(): Promise<FinishedJob[]>;
}

/** What an expired last attempt leaves. */
export function workerLost(key: string): JobError {
  const { code, message } = new LeakscopeError('ATTACK_WORKER_LOST', { job: key });
  return { code, message };
}
