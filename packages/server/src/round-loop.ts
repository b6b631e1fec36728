/** The rounds of a run, one after another: call the clients, fold their updates, keep what is audited, step, measure, commit. */
import type { Classifier } from '@leakscope/models';
import type { Experiment } from '@leakscope/shared/config';
import { LeakscopeError } from '@leakscope/shared/errors';
import type { Logger } from '@leakscope/shared/log';
import type { ProtocolLimits } from '@leakscope/shared/protocol';
import type { NamedTensors } from '@leakscope/shared/tensors';
import type { Store } from '@leakscope/store';
import type { Accuracy } from './accuracy.ts';
import type { Aggregation } from './aggregation/registry.ts';
import { RoundAggregate } from './aggregation/round-aggregate.ts';
import type { Connections } from './connections.ts';
import type { GlobalModel } from './global-model.ts';
import type { Interceptions, RoundInterception } from './interceptions.ts';
import { OpenRound } from './open-round.ts';
import { RoundCollection, type RoundOutcome } from './round-collection.ts';
import type { RoundRecords } from './round-records.ts';
import { writeCheckpoint } from './run-checkpoint.ts';
import { sampleClients } from './sampling.ts';
import type { ScheduledRound } from './schedule.ts';
import { readUpdate, updateSpecs } from './update-check.ts';
import { UpdateInbox } from './update-inbox.ts';
import { WeightsDownload } from './weights-download.ts';

/** A round that is committed. */
interface CommittedRound {
  scheduled: ScheduledRound;
  outcome: RoundOutcome;
  /** On the test examples, after the step; undefined where none was measured. */
  accuracy: number | undefined;
}

interface RoundLoopOptions {
  rounds: readonly ScheduledRound[];
  /** The first round that is not committed yet. */
  from: number;
  seed: number | string;
  /** By stage. */
  aggregations: readonly Aggregation[];
  connections: Connections;
  classifier: Classifier;
  model: GlobalModel;
  server: Pick<Experiment['server'], 'weightsEncoding' | 'checkpointEvery'>;
  limits: ProtocolLimits;
  /** Whether clients send the labels of their examples. */
  labelsKnown: boolean;
  accuracy: Accuracy;
  /** How often a round with too few updates is repeated before the server gives up. */
  repeats: number;
  store: Store;
  records: RoundRecords;
  interceptions: Interceptions;
  onCommitted(round: CommittedRound): void;
  logger: Logger;
  signal: AbortSignal;
}

/** Resolves with the number of committed rounds: all of them, or fewer where the signal aborts. Throws SERVER_TOO_FEW_REPORTS. */
export async function runRounds(options: RoundLoopOptions): Promise<number> {
  const { rounds, interceptions, connections, onCommitted, signal, logger } = options;
  for (const scheduled of rounds.slice(options.from)) {
    if (scheduled.position === 0) interceptions.beginStage();
    const started = performance.now();
    const committed = await runRound(scheduled, options);
    if (committed === undefined) return scheduled.round;
    const { outcome, accuracy } = committed;
    const { stage, round } = scheduled;
    connections.close({ round, evaluated: accuracy !== undefined, accuracy: accuracy ?? 0 });
    onCommitted(committed);
    const { reports, rejected, missing } = outcome;
    const seconds = (performance.now() - started) / 1_000;
    logger.info({ stage, round, reports: reports.length, rejected, missing, accuracy, seconds }, 'round committed');
    if (signal.aborted) return round + 1;
  }
  return rounds.length;
}

/** Undefined where the signal aborts: nothing of the round is kept but what lies in the spool. */
async function runRound(scheduled: ScheduledRound, options: RoundLoopOptions): Promise<CommittedRound | undefined> {
  const { rounds, model, server, store, records, interceptions } = options;
  const { round, training, position } = scheduled;
  const collected = await collect(scheduled, options);
  if (collected === undefined) return undefined;
  const { outcome, aggregate, interception } = collected;
  const { digest } = model.encoded(server.weightsEncoding);
  await interception?.queue(outcome.reports, { digest, tensors: model.weights });
  const moved = model.step(aggregate, training);
  const due = position === scheduled.rounds - 1 || (position + 1) % training.testEvery === 0;
  const accuracy = due ? await options.accuracy.measure(model.weights, moved) : undefined;
  records.closed(scheduled, outcome, accuracy);
  if (round === rounds.length - 1 || (round + 1) % server.checkpointEvery === 0) {
    const { weights, optimiser } = model;
    await writeCheckpoint(store, { next: round + 1, audited: interceptions.audited, weights, optimiser });
  }
  return { scheduled, outcome, accuracy };
}

interface Collected {
  outcome: RoundOutcome;
  aggregate: NamedTensors;
  interception: RoundInterception | undefined;
}

/** Calls the round's clients until enough have reported. */
async function collect(scheduled: ScheduledRound, options: RoundLoopOptions): Promise<Collected | undefined> {
  const { connections, seed, repeats, signal, logger } = options;
  const { round, stage, training, clients } = scheduled;
  let reports = 0;
  for (let repeat = 0; repeat <= repeats; repeat++) {
    const present = await connections.gather(clients, training.minimumReports, signal);
    const sampled = sampleClients(present, training.clientsPerRound, { seed, round });
    const { collection, interception } = open(scheduled, sampled, options);
    logger.debug({ stage, round, sampled }, 'round opened');
    const outcome = await collection.close(1_000 * training.deadlineSeconds, signal);
    if (signal.aborted) return undefined;
    reports = outcome.reports.length;
    if (reports >= training.minimumReports) {
      return { outcome, aggregate: await collection.aggregate(), interception };
    }
    logger.warn({ stage, round, reports, missing: outcome.missing, rejected: outcome.rejected }, 'too few updates');
  }
  throw new LeakscopeError('SERVER_TOO_FEW_REPORTS', {
    rounds: repeats + 1,
    reports,
    minimum: training.minimumReports,
  });
}

/** Calls the sampled clients; those that are away hear of it when they come back. */
function open(
  scheduled: ScheduledRound,
  clients: readonly string[],
  options: RoundLoopOptions,
): { collection: RoundCollection; interception: RoundInterception | undefined } {
  const { connections, classifier, model, server, limits, store, records, interceptions, logger } = options;
  const { round, stage, stageIndex, training } = scheduled;
  const weights = model.encoded(server.weightsEncoding);
  const announcement = {
    type: 'round',
    stageIndex,
    stage,
    round,
    weightsDigest: weights.digest,
    weightsBytes: weights.bytes.length,
    weightsEncoding: weights.encoding,
    updateEncoding: training.encoding,
    deadlineMs: 1_000 * training.deadlineSeconds,
  } as const;
  const aggregate = new RoundAggregate({
    aggregation: options.aggregations[stageIndex] as Aggregation,
    clients,
    keep: (clientId, update) => store.spool.keepValues({ round, clientId }, update),
  });
  const interception = interceptions.open(scheduled);
  const collection = new RoundCollection({ clients, aggregate, ...(interception && { interception }) });
  const inbox = new UpdateInbox({
    announcement,
    asked: {
      examples: training.batchSize * training.localSteps,
      localSteps: training.localSteps,
      tensors: updateSpecs(classifier, training.batchNorm).length,
      labels: options.labelsKnown,
      classes: classifier.classes,
    },
    read: (bytes) => readUpdate(bytes, classifier, training, limits),
    ...{ collection, spool: store.spool, records, limits, logger },
  });
  const download = new WeightsDownload(weights, limits.chunkBytes);
  records.opened(scheduled, clients, weights.digest);
  connections.open(new OpenRound({ announcement, download, inbox, collection, logger }));
  return { collection, interception };
}
