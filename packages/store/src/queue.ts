/** The attack queue: what every implementation (SQLite here, Redis elsewhere) must do. `queue-suite.ts` tests it. */
import { LeakscopeError } from '@leakscope/shared/errors';
import { seeded } from '@leakscope/shared/random';

/** One attack on one intercepted update. Everything the attacker gets; there is no truth in it. */
export interface AttackJob {
  /** `jobKey`: adding it twice adds it once. */
  readonly key: string;
  /** Over all stages, from 0. */
  readonly round: number;
  readonly stageIndex: number;
  readonly stage: string;
  /** The client that the record is about. */
  readonly clientId: string;
  /** Place in the experiment's `attacks`, and its name. */
  readonly attackIndex: number;
  readonly attack: string;
  /** Blob (safetensors) of y; for a control, of another client's update. */
  readonly updateDigest: string;
  /** Of the client's own upload on the wire: the name of its truth. */
  readonly ownDigest: string;
  /** Blob (safetensors) of theta(t), parameters and buffers. */
  readonly weightsDigest: string;
  readonly arch: string;
  readonly classes: number;
  /** Side of the model's input, in pixels. */
  readonly resolution?: number;
  readonly batchSize: number;
  readonly algorithm: 'fedsgd' | 'fedavg';
  readonly batchNorm: 'frozen' | 'train';
  /** With fedavg. */
  readonly local?: { readonly steps: number; readonly learningRate: number; readonly momentum: number };
  /** Only where the threat model says `defense: oracle`: the plan as text. */
  readonly oracleDefense?: string;
  /** Only where the threat model says `labels: known`. */
  readonly labels?: readonly number[];
}

export function jobKey({
  round,
  clientId,
  attackIndex,
}: Pick<AttackJob, 'round' | 'clientId' | 'attackIndex'>): string {
  return `${round}/${clientId}/${attackIndex}`;
}

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

export interface SettledJob {
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

/** `sample`: `limit` clients of each round, drawn by the seed. `newest`: at most `limit` wait; the oldest give way. */
export type QueuePolicy =
  | { readonly policy: 'keep-all' }
  | { readonly policy: 'sample'; readonly limit: number; readonly seed: number | string }
  | { readonly policy: 'newest'; readonly limit: number };

export type QueueOptions = QueuePolicy & {
  /** A job that failed, or whose lease ran out, this often is given up. Default 3. */
  readonly attempts?: number;
  /** Milliseconds since 1970; tests set it. */
  readonly now?: () => number;
};

export interface AttackQueue {
  /**
   * Adds a round's jobs, all at once, so that no worker sees half of them. `cohort`: the clients of the round, from which
   * `sample` draws, so that what is kept does not depend on who came first. A key that was added before, whatever became of
   * it, is a duplicate. What became of each, in the order given.
   */
  add(jobs: readonly AttackJob[], cohort: readonly string[]): Promise<('added' | 'duplicate' | 'dropped')[]>;
  /** The job that `lease` would give now. */
  peek(): Promise<AttackJob | undefined>;
  /** The oldest waiting job, or one whose worker went silent; undefined where there is none now. */
  lease(worker: string, milliseconds: number): Promise<Lease | undefined>;
  /**
   * The same job with those beside it. The jobs of one attack on one round, in the order of arrival, fall into shares of `most`,
   * whoever takes them and when; what can be taken now of the job's share is given, all at once. `most` is asked with that job
   * and answers 1 or more, or 0 to take none.
   */
  leaseTogether(worker: string, milliseconds: number, most: (job: AttackJob) => number): Promise<Lease[]>;
  /** Keeps a lease for `milliseconds` from now. False: it is lost, and the work is another's. */
  renew(lease: Lease, milliseconds: number): Promise<boolean>;
  /** False: the lease is lost. */
  complete(lease: Lease): Promise<boolean>;
  /** Hands a job back: to be tried again, or given up after the last attempt. */
  fail(lease: Lease, error: JobError): Promise<'retry' | 'failed' | 'lost'>;
  /** Puts a job back untried, as a worker does that is told to stop. False: the lease is lost. */
  release(lease: Lease): Promise<boolean>;
  counts(): Promise<QueueCounts>;
  /** Done and given up, by round, client and attack. */
  settled(): Promise<SettledJob[]>;
}

/** Whether `sample` keeps this client's update: a draw over the round's clients. */
export function isSampled(
  { round, clientId }: Pick<AttackJob, 'round' | 'clientId'>,
  cohort: readonly string[],
  { limit, seed }: { limit: number; seed: number | string },
): boolean {
  // In order, so that the draw does not depend on the order of arrival.
  return seeded(seed, 'queue', round)
    .shuffle([...cohort].sort())
    .slice(0, limit)
    .includes(clientId);
}

/** What an expired last attempt leaves. */
export function workerLost(key: string): JobError {
  const { code, message } = new LeakscopeError('ATTACK_WORKER_LOST', { job: key });
  return { code, message };
}
