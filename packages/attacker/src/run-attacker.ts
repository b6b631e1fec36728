/** The attack worker: takes jobs from the run's queue, attacks, commits the result's hash, until nothing is left. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutorChoice } from '@leakscope/engine';
import type { AttackConfig, QueueConfig } from '@leakscope/shared/config';
import { isLeakscopeError, reasonOf } from '@leakscope/shared/errors';
import type { Logger } from '@leakscope/shared/log';
import { type JobError, type Lease, openStore, type Store } from '@leakscope/store';
import type { Reconstruction } from './attack.ts';
import { attackOf, type ConfiguredAttack, configureAttacks, loadInput } from './job.ts';
import { reconstructionDetails, reconstructionTensors } from './reconstruction-file.ts';

/** There is no data path and no seed of a client in here: the attack worker cannot know the truth. */
export interface AttackerOptions {
  readonly runDir: string;
  readonly attacks: readonly AttackConfig[];
  readonly queue: QueueConfig;
  readonly engine?: ExecutorChoice;
  readonly threads?: number;
  /** Folder that relative paths (generators, a user's defence) start from. */
  readonly base?: string;
  /** Unique among the workers of a run. */
  readonly worker: string;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  readonly onProgress?: (progress: AttackerProgress) => void;
}

export interface AttackerProgress {
  readonly phase: 'attack';
  /** Jobs that are settled, by whichever worker, and all that were ever taken in. */
  readonly done: number;
  readonly total: number;
  readonly detail?: { readonly job: string; readonly step: number; readonly steps: number; readonly loss: number };
}

export interface AttackerResult {
  readonly outcome: 'finished' | 'interrupted';
  /** By this worker. */
  readonly done: number;
  /** Attempts of this worker that failed. */
  readonly failed: number;
}

/** How long an idle worker waits before it looks again. */
const IDLE_MILLISECONDS = 200;

/**
 * Ends once the run is finished and every job is settled, or when `signal` aborts: the job in hand then goes back untried.
 * A failed attempt is counted and never stops the worker. @throws STORE_RUN_MISSING, ATTACK_UNKNOWN, ATTACK_PARAMETER_INVALID
 */
export async function runAttacker(options: AttackerOptions): Promise<AttackerResult> {
  const { runDir, queue, worker, signal, logger } = options;
  const attacks = configureAttacks(options.attacks);
  const store = openStore(runDir, 'attacker', { queue: { policy: 'keep-all', attempts: queue.attempts } });
  const result = { done: 0, failed: 0 };
  try {
    while (!signal.aborted) {
      const lease = await store.queue.lease(worker, queue.leaseSeconds * 1000);
      if (lease !== undefined) {
        const outcome = await work(lease, attacks, store, options);
        if (outcome !== 'neither') result[outcome]++;
      } else if (await isFinished(store)) {
        logger.info(result, 'no jobs are left');
        return { outcome: 'finished', ...result };
      } else {
        await sleep(IDLE_MILLISECONDS, undefined, { signal }).catch(() => {});
      }
    }
    return { outcome: 'interrupted', ...result };
  } finally {
    await store.close();
  }
}

/** Whether no job can come any more. Another worker's job may still come back, so it is waited for. */
async function isFinished(store: Store): Promise<boolean> {
  // In this order: once the run is finished nothing is added, so the counts that follow are final.
  if (store.runs.current()?.state !== 'finished') return false;
  const { waiting, leased } = await store.queue.counts();
  return waiting + leased === 0;
}

/** One attempt at one job. `neither`: it was handed back, or lost to another worker. */
async function work(
  lease: Lease,
  attacks: readonly ConfiguredAttack[],
  store: Store,
  options: AttackerOptions,
): Promise<'done' | 'failed' | 'neither'> {
  const { signal, queue } = options;
  const { job } = lease;
  const logger = options.logger.child({ job: job.key, attack: job.attack, attempt: lease.attempt });
  const lost = new AbortController();
  const heartbeat = setInterval(
    async () => {
      if (!(await store.queue.renew(lease, queue.leaseSeconds * 1000))) lost.abort();
    },
    (queue.leaseSeconds * 1000) / 3,
  );
  const started = performance.now();
  try {
    const reconstruction = await attack(lease, attacks, store, options, AbortSignal.any([signal, lost.signal]));
    const { digest } = await store.reconstructions.commit(
      job.key,
      reconstructionTensors(reconstruction),
      reconstructionDetails(reconstruction),
    );
    if (!(await store.queue.complete(lease))) return 'neither';
    const { loss, labels, estimates } = reconstruction;
    logger.info({ digest, loss, labels, estimates, seconds: seconds(started) }, 'reconstructed');
    return 'done';
  } catch (error) {
    if (lost.signal.aborted) {
      logger.warn('the lease ran out; another worker has the job');
      return 'neither';
    }
    if (signal.aborted) {
      await store.queue.release(lease);
      return 'neither';
    }
    const outcome = await store.queue.fail(lease, errorOf(error));
    logger.error({ err: error, outcome, seconds: seconds(started) }, 'attack failed');
    return outcome === 'lost' ? 'neither' : 'failed';
  } finally {
    clearInterval(heartbeat);
  }
}

async function attack(
  { job }: Lease,
  attacks: readonly ConfiguredAttack[],
  store: Store,
  options: AttackerOptions,
  signal: AbortSignal,
): Promise<Reconstruction> {
  const { engine, threads, base, onProgress } = options;
  const { plan, threat } = attackOf(attacks, job);
  const input = await loadInput(job, store.blobs, threat, base);
  const counts = await store.queue.counts();
  const done = counts.done + counts.failed;
  const total = done + counts.waiting + counts.leased;
  return plan.reconstruct(input, {
    signal,
    onProgress: (progress) => onProgress?.({ phase: 'attack', done, total, detail: { job: job.key, ...progress } }),
    ...(engine === undefined ? {} : { executor: engine }),
    ...(threads === undefined ? {} : { threads }),
    ...(base === undefined ? {} : { base }),
  });
}

/** What the queue, and later the leak log, keeps of a failure. */
function errorOf(error: unknown): JobError {
  if (isLeakscopeError(error)) return { code: error.code, message: error.message };
  return { code: 'INTERNAL', message: reasonOf(error) };
}

const seconds = (started: number): number => Math.round(performance.now() - started) / 1000;
