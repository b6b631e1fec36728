/** `leakscope client`: one client of a federation, from the first hello until the server says that the run is over. */
import { clientShards, type Dataset, openExperimentData } from '@leakscope/data';
import { parseDefense } from '@leakscope/defenses';
import { openClassifier } from '@leakscope/models';
import { agreementDigest, type Experiment } from '@leakscope/shared/config';
import { isLeakscopeError, LeakscopeError } from '@leakscope/shared/errors';
import type { Logger } from '@leakscope/shared/log';
import { ENCODINGS, PROTOCOL_VERSION } from '@leakscope/shared/protocol';
import { seeded } from '@leakscope/shared/random';
import { writeTruth } from '@leakscope/store/truth';
import { createBackoff } from './backoff.ts';
import { type Connection, keepLinked } from './link.ts';
import { LocalTrainer } from './local-trainer.ts';
import { type Contribution, Participant } from './participant.ts';
import { roundPosition } from './round-position.ts';
import { SessionPool } from './session-pool.ts';

export interface ClientProgress {
  /** The stage's name. */
  phase: string;
  /** Rounds that this client has taken part in, of the stage's. */
  done: number;
  total: number;
  detail: { round: number; loss: number; accuracy: number };
}

export interface RunClientOptions {
  experiment: Experiment;
  /** One of the experiment's clients. */
  clientId: string;
  /** ws://host:port; wss, http and https do as well. */
  serverUrl: string;
  token: string;
  /** Folder for the examples behind each update, for evaluation. Without it nothing but updates leaves this process. */
  truthDir?: string;
  /** Folder that relative paths of data and defence modules start from. */
  base?: string;
  /** Shared with other clients of this process; without it the client opens its own, and closes them. */
  shared?: Shared;
  signal: AbortSignal;
  logger: Logger;
  onProgress?(progress: ClientProgress): void;
}

/** What clients of one process have in common. */
export interface Shared {
  dataset: Dataset;
  sessions: SessionPool;
}

/**
 * Resolves when the run is over (`finished`) or the signal aborts (`interrupted`: the same client may come back later).
 * Throws CLIENT_UNKNOWN, CLIENT_REFUSED, CLIENT_DISCONNECTED, CLIENT_DIVERGED, and DATA_, DEFENSE_, MODEL_ errors of the experiment.
 */
export async function runClient(options: RunClientOptions): Promise<'finished' | 'interrupted'> {
  const { experiment, clientId, serverUrl, token, truthDir, base, signal, logger, onProgress } = options;
  const { seed, stages, connection: retry, engine, threads } = experiment;
  const config = experiment.clients.find(({ id }) => id === clientId);
  if (config === undefined) {
    const known = experiment.clients.map(({ id }) => id).join(', ');
    throw new LeakscopeError('CLIENT_UNKNOWN', { clientId, known });
  }
  const defense = await parseDefense(config.defense, base === undefined ? {} : { base });
  const { dataset, sessions } = options.shared ?? (await openShared(experiment, base));
  const { arch, classes } = experiment.model;
  const model = await openClassifier(arch, { classes, resolution: dataset.resolution }, base ?? '.');
  const { indices: shard = [], victims = [] } = clientShards(experiment, dataset).get(clientId) ?? {};
  const trainer = new LocalTrainer({
    clientId,
    seed,
    model,
    dataset,
    shard,
    victims,
    defense,
    executor: engine,
    threads,
    sessions,
  });
  logger.info({ clientId, examples: shard.length, defense: defense.text }, 'client ready');

  // A failure of the local part ends the client; the abort closes the connection first.
  const failure = new AbortController();
  const stop = AbortSignal.any([signal, failure.signal]);
  const participant = new Participant({
    logger,
    sendLabels: experiment.attacks.some(({ threat }) => threat.labels === 'known'),
    async train(round, weights, abort): Promise<Contribution> {
      const { stage, training, position } = roundPosition(stages, round);
      const trained = await trainer.train(
        { stage, round: round.round, position, weights, training },
        AbortSignal.any([abort, stop]),
      );
      const { update, examples, loss, accuracy } = trained;
      logger.debug({ round: round.round, loss, accuracy }, 'trained');
      return { update, truth: examples, examples: examples.length, localSteps: training.localSteps, loss, accuracy };
    },
    async onPrepared({ round, stageIndex }, { truth }, updateDigest) {
      if (truthDir === undefined) return;
      const stage = stages[stageIndex]?.name ?? '';
      await writeTruth(truthDir, {
        round,
        stage,
        clientId,
        updateDigest,
        shape: [...model.inputShape],
        examples: truth,
      });
    },
    onAnswered(round, outcome, { loss, accuracy }) {
      const { stage, position, rounds } = roundPosition(stages, round);
      logger.debug({ round: round.round, outcome }, 'update answered');
      onProgress?.({ phase: stage, done: position + 1, total: rounds, detail: { round: round.round, loss, accuracy } });
    },
    onFailure(error, connection) {
      logger.error({ clientId, err: error }, 'the local part of a round failed');
      void report(error, connection).then(() => failure.abort(error));
    },
  });
  try {
    const ending = await keepLinked({
      url: serverUrl,
      hello: {
        protocolVersion: PROTOCOL_VERSION,
        software: 'leakscope',
        clientId,
        token,
        experimentDigest: agreementDigest(experiment),
        examples: shard.length,
        encodings: [...ENCODINGS],
      },
      signal: stop,
      logger,
      backoff: createBackoff(seeded(seed, 'backoff', clientId), {
        firstMs: 1_000 * retry.firstRetrySeconds,
        limitMs: 1_000 * retry.longestRetrySeconds,
      }),
      limits: { giveUpMs: 1_000 * retry.giveUpSeconds, silentPings: experiment.server.silentPings },
      onMessage: (message, connection) => participant.handle(message, connection),
    });
    if (failure.signal.aborted) throw failure.signal.reason;
    return ending === 'finished' ? 'finished' : 'interrupted';
  } finally {
    participant.stop();
    await trainer.release();
    if (options.shared === undefined) await closeShared({ dataset, sessions });
  }
}

/** Opens the experiment's data, and a pool for what is compiled. Throws DATA_ errors. */
export async function openShared(experiment: Experiment, base?: string): Promise<Shared> {
  const dataset = await openExperimentData(experiment, base === undefined ? {} : { base });
  return { dataset, sessions: new SessionPool() };
}

export async function closeShared({ dataset, sessions }: Shared): Promise<void> {
  await sessions.release();
  await dataset.close();
}

/** Tells the server, so that the round need not wait until its deadline. */
async function report(error: unknown, connection: Connection | undefined): Promise<void> {
  const code = isLeakscopeError(error) ? error.code : 'INTERNAL';
  const message = isLeakscopeError(error) ? error.message : 'the client met a fault of its own';
  await connection?.send({ type: 'error', code, message, fatal: true, digest: '' }).catch(() => {});
}
