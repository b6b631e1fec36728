/** The attack worker: takes jobs from the run's queue, attacks, commits the result's hash, until nothing is left. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutorChoice } from '@leakscope/engine';
import type { AttackConfig, QueueConfig } from '@leakscope/shared/config';
import type { Logger } from '@leakscope/shared/log';
import { keptMeasurements, type Measurements } from '@leakscope/shared/measurements';
import { openStore, type Store } from '@leakscope/store';
import { Cohorts } from '../batching/cohorts.ts';
import { attempt } from './attempt.ts';
import { attackOf, type ConfiguredAttack, configureAttacks, loadInput, tensorReader } from './job.ts';

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
  /** What this machine has measured before; default those of `keptMeasurements`. */
  readonly measurements?: Measurements;
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
 * Ends once the run is finished and every job is settled, or when `signal` aborts: the jobs in hand then go back untried.
 * A failed attempt is counted and never stops the worker. @throws STORE_RUN_MISSING, ATTACK_UNKNOWN, ATTACK_PARAMETER_INVALID
 */
export async function runAttacker(options: AttackerOptions): Promise<AttackerResult> {
  const { runDir, queue, logger, signal, measurements = keptMeasurements() } = options;
  const attacks = await configureAttacks(options.attacks, options.base);
  const store = openStore(runDir, 'attacker', { queue: { attempts: queue.attempts } });
  const context = contextOf(options);
  const { choices } = store;
  const cohorts = new Cohorts({ together: queue.together, choices, measurements, context: { ...context, signal } });
  const worker: Worker = { attacks, store, cohorts, context, options };
  try {
    const result = await workUntilDone(worker);
    if (signal.aborted) return { outcome: 'interrupted', ...result };
    logger.info(result, 'no jobs are left');
    return { outcome: 'finished', ...result };
  } finally {
    await store.close();
  }
}

type Context = Parameters<typeof attempt>[1]['context'];

const contextOf = ({ engine, threads, base }: AttackerOptions): Context => ({
  ...(engine === undefined ? {} : { executor: engine }),
  ...(threads === undefined ? {} : { threads }),
  ...(base === undefined ? {} : { base }),
});

interface Worker {
  readonly attacks: readonly ConfiguredAttack[];
  readonly store: Store;
  readonly cohorts: Cohorts;
  readonly context: Context;
  readonly options: AttackerOptions;
}

async function workUntilDone(worker: Worker): Promise<{ done: number; failed: number }> {
  const { attacks, store, cohorts, context, options } = worker;
  const { signal, logger } = options;
  const leaseMs = options.queue.leaseSeconds * 1000;
  const result = { done: 0, failed: 0 };
  while (!signal.aborted) {
    await decide(worker);
    const leases = signal.aborted ? [] : await store.queue.lease(options.worker, leaseMs, (job) => cohorts.sizeOf(job));
    const [first] = leases;
    if (first !== undefined) {
      const onProgress = await progressOf(leases, worker);
      const own = { ...context, ...cohorts.contextOf(first.job) };
      const outcome = await attempt(leases, { attacks, store, leaseMs, context: own, signal, logger, onProgress });
      result.done += outcome.done;
      result.failed += outcome.failed;
    } else if (await isFinished(store)) {
      break;
    } else {
      await sleep(IDLE_MILLISECONDS, undefined, { signal }).catch(() => {});
    }
  }
  return result;
}

/** Decides how large the cohorts of the attack that is next are, before any of its jobs is taken. */
async function decide({ attacks, store, cohorts, context, options }: Worker): Promise<void> {
  const job = await store.queue.peek();
  if (job === undefined) return;
  try {
    const { plan, threat } = attackOf(attacks, job);
    await cohorts.decide(job, plan, () => loadInput(job, tensorReader(store.blobs), threat, context.base));
  } catch (error) {
    // A job that cannot be measured fails by itself, and is counted, when it is attacked.
    if (!options.signal.aborted) cohorts.alone(job);
    options.logger.debug({ err: error, job: job.key }, 'nothing was measured');
  }
}

async function progressOf(
  leases: readonly { job: { key: string } }[],
  { store, options: { onProgress } }: Worker,
): Promise<Parameters<typeof attempt>[1]['onProgress']> {
  const counts = await store.queue.counts();
  const done = counts.done + counts.failed;
  const total = done + counts.waiting + counts.leased;
  const job = leases.map((lease) => lease.job.key).join(', ');
  return (progress) => onProgress?.({ phase: 'attack', done, total, detail: { job, ...progress } });
}

/** Whether no job can come any more. Another worker's job may still come back, so it is waited for. */
async function isFinished(store: Store): Promise<boolean> {
  // In this order: once the run is finished nothing is added, so the counts that follow are final.
  if (store.runs.current()?.state !== 'finished') return false;
  const { waiting, leased } = await store.queue.counts();
  return waiting + leased === 0;
}
