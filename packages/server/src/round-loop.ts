/** The rounds of a run, one after another: call the clients, fold their updates, keep what is audited, step, measure, commit. */
import type { ClientConfig } from '@leakscope/shared/config';
import type { WireDigest } from '@leakscope/shared/digests';
import { LeakscopeError } from '@leakscope/shared/errors';
import type { Logger } from '@leakscope/shared/log';
import type { Encoding } from '@leakscope/shared/protocol';
import type { NamedTensors } from '@leakscope/shared/tensors';
import type { Accuracy } from './accuracy.ts';
import type { Federation } from './federation.ts';
import type { GlobalModel } from './global-model.ts';
import { type InterceptionPlan, planInterception } from './interception.ts';
import { type Report, RoundCollection, type RoundOutcome } from './round-collection.ts';
import { sampleClients } from './sampling.ts';
import type { ScheduledRound } from './schedule.ts';

/** A round that is over and about to be committed. */
export interface FinishedRound {
  scheduled: ScheduledRound;
  outcome: Omit<RoundOutcome, 'mean'>;
  interception: InterceptionPlan;
  /** Before the round's step. */
  weightsBefore: { digest: WireDigest; tensors: NamedTensors };
  /** On the test examples, after the step; undefined where none was measured. */
  accuracy: number | undefined;
  /** Whether the weights differ from those before. */
  moved: boolean;
  seconds: number;
}

export interface RoundLoopOptions {
  rounds: readonly ScheduledRound[];
  /** The first round that is not committed yet. */
  from: number;
  seed: number | string;
  clients: readonly ClientConfig[];
  /** Audited updates of each client in the stage of round `from`. */
  audited: Map<string, number>;
  federation: Federation;
  model: GlobalModel;
  weightsEncoding: Encoding;
  accuracy: Accuracy;
  /** How often a round with too few updates is repeated before the server gives up. */
  repeats: number;
  /** Reads an accepted update back. */
  load(report: Report): Promise<NamedTensors>;
  /** Called when a round's clients are called, again where it is repeated. */
  opened(round: ScheduledRound, clients: readonly string[], weightsDigest: WireDigest): void;
  /** Keeps the updates of `interception`; called before the step, with the weights that the clients trained on. */
  intercept(round: Omit<FinishedRound, 'accuracy' | 'moved' | 'seconds'>): Promise<void>;
  /** Makes the round durable; afterwards a server that was killed goes on with the next. */
  commit(round: FinishedRound, audited: ReadonlyMap<string, number>): Promise<void>;
  logger: Logger;
  signal: AbortSignal;
}

/** Resolves with the number of committed rounds: all of them, or fewer where the signal aborts. Throws SERVER_TOO_FEW_REPORTS. */
export async function runRounds(options: RoundLoopOptions): Promise<number> {
  const { rounds, federation, signal, logger } = options;
  let { audited } = options;
  for (const scheduled of rounds.slice(options.from)) {
    if (scheduled.position === 0) audited = new Map();
    const done = await runRound(scheduled, audited, options);
    if (done === undefined) return scheduled.round;
    await options.commit(done, audited);
    federation.close(done.accuracy);
    const { stage, round } = scheduled;
    const { reports, rejected, missing } = done.outcome;
    logger.info(
      { stage, round, reports: reports.length, rejected, missing, accuracy: done.accuracy, seconds: done.seconds },
      'round committed',
    );
    if (signal.aborted) return scheduled.round + 1;
  }
  return rounds.length;
}

/** Undefined where the signal aborts: nothing of the round is kept but what lies in the spool. */
async function runRound(
  scheduled: ScheduledRound,
  audited: Map<string, number>,
  options: RoundLoopOptions,
): Promise<FinishedRound | undefined> {
  const { model, clients, logger } = options;
  const { round, stage, training } = scheduled;
  const started = performance.now();
  const outcome = await collect(scheduled, options);
  if (outcome === undefined) return undefined;
  const { mean, ...rest } = outcome;
  const interception = scheduled.audit
    ? planInterception(clients, rest.reports, audited)
    : { taken: [], withoutPartner: [] };
  for (const clientId of interception.withoutPartner) {
    logger.warn({ clientId, stage, round }, 'a control has no partner in this round');
  }
  const weightsBefore = { digest: model.encoded(options.weightsEncoding).digest, tensors: model.weights };
  await options.intercept({ scheduled, outcome: rest, interception, weightsBefore });
  const moved = model.step(mean, training);
  const last = scheduled.position === scheduled.rounds - 1;
  const due = last || (scheduled.position + 1) % training.testEvery === 0;
  const accuracy = due ? await options.accuracy.measure(model.weights, moved) : undefined;
  const seconds = (performance.now() - started) / 1_000;
  return { scheduled, outcome: rest, interception, weightsBefore, accuracy, moved, seconds };
}

/** Calls the round's clients until enough have reported. */
async function collect(scheduled: ScheduledRound, options: RoundLoopOptions): Promise<RoundOutcome | undefined> {
  const { federation, model, seed, repeats, signal, logger, load } = options;
  const { round, stage, stageIndex, training, clients } = scheduled;
  const deadlineMs = 1_000 * training.deadlineSeconds;
  const weights = model.encoded(options.weightsEncoding);
  let reports = 0;
  for (let attempt = 0; attempt <= repeats; attempt++) {
    const present = await federation.gather(clients, training.minimumReports, signal);
    const sampled = sampleClients(present, training.clientsPerRound, { seed, round });
    const collection = new RoundCollection({ clients: sampled, load });
    federation.open({
      announcement: {
        type: 'round',
        stageIndex,
        stage,
        round,
        weightsDigest: weights.digest,
        weightsBytes: weights.bytes.length,
        weightsEncoding: weights.encoding,
        updateEncoding: training.encoding,
        deadlineMs,
      },
      weights: weights.bytes,
      collection,
      examples: training.batchSize * training.localSteps,
      batchNorm: training.batchNorm,
    });
    options.opened(scheduled, sampled, weights.digest);
    logger.debug({ stage, round, sampled }, 'round opened');
    const outcome = await collection.close(deadlineMs, signal);
    if (signal.aborted) return undefined;
    reports = outcome.reports.length;
    if (reports >= training.minimumReports) return outcome;
    logger.warn({ stage, round, reports, missing: outcome.missing, rejected: outcome.rejected }, 'too few updates');
  }
  throw new LeakscopeError('SERVER_TOO_FEW_REPORTS', {
    rounds: repeats + 1,
    reports,
    minimum: training.minimumReports,
  });
}
