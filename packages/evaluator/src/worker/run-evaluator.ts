/** `leakscope evaluator`: waits for committed reconstructions, reads the truth behind them, and writes the leak log. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openExperimentData } from '@leakscope/data';
import type { Experiment } from '@leakscope/shared/config';
import type { Logger } from '@leakscope/shared/log';
import { type FinishedJob, openStore, type Store } from '@leakscope/store';
import type { LeakRecord } from '../record.ts';
import { Evaluation } from './evaluation.ts';
import { writeRankedLog } from './ranked-log.ts';

const POLL_MILLISECONDS = 300;

export interface EvaluationProgress {
  readonly phase: 'evaluation';
  /** Jobs evaluated, of those that are known so far. */
  readonly done: number;
  readonly total: number;
}

export interface RunEvaluatorOptions {
  readonly experiment: Experiment;
  readonly runDir: string;
  /** Folder that relative paths start from. */
  readonly base?: string;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  onProgress?(progress: EvaluationProgress): void;
}

interface EvaluationResult {
  /** `interrupted`: the signal; the same call goes on from there. */
  readonly outcome: 'finished' | 'interrupted';
  readonly records: number;
  readonly failures: number;
}

/**
 * Evaluates each attack once its result is final, and ends when the run is over and nothing is left in its queue. Same
 * reconstructions, same records, in whatever order they came. Throws EVAL_, STORE_, DATA_ and MODEL_ errors.
 */
export async function runEvaluator(options: RunEvaluatorOptions): Promise<EvaluationResult> {
  const { experiment, runDir, signal, logger, onProgress } = options;
  const base = options.base === undefined ? {} : { base: options.base };
  const store = openStore(runDir, 'evaluator', { queue: { attempts: experiment.queue.attempts } });
  const dataset = await openExperimentData(experiment, base);
  const evaluation = new Evaluation({ experiment, ...base, store, dataset, logger });
  try {
    await evaluateAll(evaluation, store, signal, onProgress);
    await writeRankedLog({ experiment, store, dataset });
    return { outcome: 'finished', ...countsOf(store) };
  } catch (error) {
    if (!signal.aborted) throw error;
    logger.info('evaluation interrupted');
    // So that what there is can be read: the ranks are against the victims known so far, and a resumed run ranks them again.
    await writeRankedLog({ experiment, store, dataset });
    return { outcome: 'interrupted', ...countsOf(store) };
  } finally {
    await evaluation.release();
    await dataset.close();
    await store.close();
  }
}

/** Evaluates jobs as they are finished, until the run is over and its queue empty. */
async function evaluateAll(
  evaluation: Evaluation,
  store: Store,
  signal: AbortSignal,
  onProgress: RunEvaluatorOptions['onProgress'],
): Promise<void> {
  for (;;) {
    // Asked before the list of finished jobs is read, so that none can slip in between.
    const over = await isOver(store);
    const finished = await store.queue.finished();
    for (const job of finished) {
      signal.throwIfAborted();
      if (evaluation.isDone(job)) continue;
      await evaluation.evaluate(job, signal);
      onProgress?.(await progressOf(finished, evaluation, store));
    }
    if (over) return;
    await sleep(POLL_MILLISECONDS, undefined, { signal });
  }
}

async function isOver(store: Store): Promise<boolean> {
  const { waiting, leased } = await store.queue.counts();
  return store.runs.current()?.state === 'finished' && waiting + leased === 0;
}

async function progressOf(
  finished: readonly FinishedJob[],
  evaluation: Evaluation,
  store: Store,
): Promise<EvaluationProgress> {
  const { waiting, leased, done, failed } = await store.queue.counts();
  const evaluated = finished.filter((job) => evaluation.isDone(job)).length;
  return { phase: 'evaluation', done: evaluated, total: waiting + leased + done + failed };
}

function countsOf(store: Store): { records: number; failures: number } {
  const records = store.leaks.list<LeakRecord>();
  return { records: records.length, failures: records.filter(({ failed }) => failed !== null).length };
}
