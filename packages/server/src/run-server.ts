/** `leakscope server`: a federation from its first client to its last round; killed or stopped, it goes on where it was. */
import { resolve } from 'node:path';
import { type Dataset, openExperimentData } from '@leakscope/data';
import { autoExecutors } from '@leakscope/engine/selection';
import { type Classifier, checkWeights, openClassifier } from '@leakscope/models';
import { agreementDigest, type Experiment } from '@leakscope/shared/config';
import type { Logger } from '@leakscope/shared/log';
import { writeManifest } from '@leakscope/shared/manifest';
import { seeded } from '@leakscope/shared/random';
import { readSafetensors } from '@leakscope/shared/safetensors';
import { digestTensors, type NamedTensors } from '@leakscope/shared/tensors';
import { openStore, type Store } from '@leakscope/store';
import { openAccuracy } from './accuracy.ts';
import { parseAggregation } from './aggregation/registry.ts';
import { Connections } from './connections.ts';
import { GlobalModel } from './global-model.ts';
import { openHttpApi } from './http-api.ts';
import { Interceptions } from './interceptions.ts';
import { runRounds } from './round-loop.ts';
import { RoundRecords } from './round-records.ts';
import { readCheckpoint } from './run-checkpoint.ts';
import { openManifest } from './run-manifest.ts';
import { type ScheduledRound, schedule } from './schedule.ts';
import { queueOptions, sessionLimits, tokensOf } from './settings.ts';
import type { Tokens } from './tokens.ts';

export interface ServerProgress {
  /** The stage's name. */
  phase: string;
  /** Rounds of the stage that are committed. */
  done: number;
  total: number;
  detail: { round: number; reports: number; accuracy?: number };
}

export interface ServerPatience {
  /** Seconds to wait for all clients before the first round; then `minimumReports` of them will do. */
  joinSeconds: number;
  /** How often a round with too few updates is repeated. */
  repeats: number;
  /** Seconds at the end for clients that are just reconnecting. */
  lingerSeconds: number;
}

export const SERVER_PATIENCE: Readonly<ServerPatience> = { joinSeconds: 120, repeats: 3, lingerSeconds: 3 };

export interface RunServerOptions {
  experiment: Experiment;
  /** Made where it is not there; a run in it is resumed. */
  runDir: string;
  /** Default: the experiment's `server.host` and `server.port`; port 0 takes a free one. */
  host?: string;
  port?: number;
  /** What clients must present. Default: LEAKSCOPE_TOKEN, then the experiment's `server.token`. */
  token?: Tokens;
  /** What /status and /leaks ask for. Default: the clients' token where all have one; else nobody can read them. */
  readToken?: string;
  /** Folder that relative paths of data and weights start from. */
  base?: string;
  /** For the manifest: versions of Leakscope and its engine, digests of generators. */
  versions?: Readonly<Record<string, string>>;
  digests?: Readonly<Record<string, string>>;
  patience?: Partial<ServerPatience>;
  signal: AbortSignal;
  logger: Logger;
  onProgress?(progress: ServerProgress): void;
  /** http://host:port, once clients can come. */
  onListening?(address: { url: string }): void;
}

/**
 * `finished` after the last round, `interrupted` where the signal aborts: then the same call goes on with the run.
 * Throws SERVER_TOKEN_MISSING, SERVER_RUN_MISMATCH, SERVER_LISTEN_FAILED, SERVER_TOO_FEW_REPORTS, and STORE_, DATA_, MODEL_ and TENSORS_ errors.
 */
export async function runServer(
  options: RunServerOptions,
): Promise<{ outcome: 'finished' | 'interrupted'; rounds: number }> {
  const { experiment, runDir, base = '.', signal, logger } = options;
  const tokens = tokensOf(options.token, experiment);
  const store = openStore(runDir, 'server', { queue: queueOptions(experiment), fsync: experiment.server.fsync });
  try {
    await store.removeLeftovers();
    const dataset = await openExperimentData(experiment, { base });
    try {
      return await serve({ ...options, tokens, store, dataset });
    } finally {
      await dataset.close();
    }
  } finally {
    await store.close();
    logger.debug({ runDir, aborted: signal.aborted }, 'server closed');
  }
}

type ServeOptions = RunServerOptions & { tokens: Tokens; store: Store; dataset: Dataset };

async function serve(options: ServeOptions): Promise<{ outcome: 'finished' | 'interrupted'; rounds: number }> {
  const { experiment, store, dataset, signal, logger, onProgress } = options;
  const { seed, server, stages, engine, threads } = experiment;
  const limits = sessionLimits(experiment);
  const { arch, classes } = experiment.model;
  const architecture = await openClassifier(arch, { classes, resolution: dataset.resolution }, options.base ?? '.');
  const resumed = await readCheckpoint(store, { limits, logger });
  const model = new GlobalModel(architecture, resumed?.weights ?? (await initialWeights(options, architecture)));
  if (resumed !== undefined) {
    if (resumed.optimiser !== undefined) model.restoreOptimiser(resumed.optimiser);
    logger.info({ round: resumed.next }, 'the run is resumed');
  }
  const manifest = await openManifest(options.runDir, experiment, {
    versions: options.versions ?? {},
    digests: async () => ({
      data: await dataset.digest(),
      weights: digestTensors(model.weights),
      ...options.digests,
    }),
    choices: async () => (engine === 'auto' ? { executors: await autoExecutors() } : {}),
  });
  store.runs.begin({ id: manifest.runId, name: experiment.name });

  const connections = new Connections({
    clients: experiment.clients.map(({ id }) => id),
    tokens: options.tokens,
    experimentDigest: agreementDigest(experiment),
    runId: manifest.runId,
    software: 'leakscope',
    limits,
    pingSeconds: server.pingSeconds,
    logger,
  });
  const readToken = options.readToken ?? (typeof options.tokens === 'string' ? options.tokens : undefined);
  const rounds = schedule(experiment);
  const aggregations = await Promise.all(
    stages.map(({ training }) => parseAggregation(training.aggregation, { base: options.base ?? '.' })),
  );
  const patience = { ...SERVER_PATIENCE, ...options.patience };
  const api = await openHttpApi({
    host: options.host ?? server.host,
    port: options.port ?? server.port,
    handler: connections,
    limits,
    status: async () => ({
      run: store.runs.current(),
      rounds: { total: rounds.length, committed: store.rounds.list() },
      clients: experiment.clients.map(({ id }) => ({ id, connected: connections.connected.includes(id) })),
      rejected: store.updates.list().filter(({ state }) => state === 'rejected').length,
      queue: await store.queue.counts(),
    }),
    leaks: () => store.leaks.list(),
    ...(readToken !== undefined && { readToken }),
    logger,
  });
  try {
    logger.info({ url: api.url, runId: manifest.runId }, 'listening');
    options.onListening?.({ url: api.url });
    const accuracy = await openAccuracy({
      model: architecture,
      dataset,
      examples: Math.max(0, ...stages.map(({ training }) => training.testExamples)),
      seed,
      executor: engine,
      threads,
    });
    let committed = resumed?.next ?? 0;
    try {
      if (committed < rounds.length) await gatherAll(connections, rounds.slice(committed), patience, signal);
      committed = await runRounds({
        rounds,
        from: committed,
        seed,
        aggregations,
        connections,
        classifier: architecture,
        model,
        server,
        limits,
        labelsKnown: experiment.attacks.some(({ threat }) => threat.labels === 'known'),
        accuracy,
        repeats: patience.repeats,
        store,
        records: new RoundRecords(store),
        interceptions: new Interceptions({
          store,
          experiment,
          classifier: architecture,
          audited: resumed?.audited ?? new Map(),
          logger,
        }),
        onCommitted({ scheduled: { stage, position, round, rounds: total }, outcome, accuracy: measured }) {
          const detail = { round, reports: outcome.reports.length };
          onProgress?.({
            phase: stage,
            done: position + 1,
            total,
            detail: measured === undefined ? detail : { ...detail, accuracy: measured },
          });
        },
        logger,
        signal,
      });
    } finally {
      await accuracy.release();
    }
    if (committed < rounds.length) {
      connections.suspend();
      return { outcome: 'interrupted', rounds: committed };
    }
    store.runs.finish();
    await writeManifest(options.runDir, {
      ...manifest,
      times: { ...manifest.times, finished: new Date().toISOString() },
    });
    await connections.finish('all rounds are done', 1_000 * patience.lingerSeconds);
    return { outcome: 'finished', rounds: committed };
  } finally {
    await api.close();
  }
}

async function initialWeights({ experiment, base = '.' }: ServeOptions, model: Classifier): Promise<NamedTensors> {
  const { weights } = experiment.model;
  if (weights === undefined) return model.initialise(seeded(experiment.seed, 'model'));
  return checkWeights(model, (await readSafetensors(resolve(base, weights))).tensors);
}

/** Waits for everybody that is still needed, but not for ever: a round can do with fewer. */
async function gatherAll(
  connections: Connections,
  rounds: readonly ScheduledRound[],
  { joinSeconds }: ServerPatience,
  signal: AbortSignal,
): Promise<void> {
  const clients = [...new Set(rounds.flatMap((round) => round.clients))];
  await connections.gather(
    clients,
    clients.length,
    AbortSignal.any([signal, AbortSignal.timeout(1_000 * joinSeconds)]),
  );
}
