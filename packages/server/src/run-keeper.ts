/** What the server keeps of a run: rounds and updates in the tables, intercepted tensors as blobs, jobs in the queue, checkpoints. */

import type { Classifier } from '@leakscope/models';
import { type Experiment, UPLOADS } from '@leakscope/shared/config';
import type { BlobDigest, WireDigest } from '@leakscope/shared/digests';
import type { LeakscopeError } from '@leakscope/shared/errors';
import type { Logger } from '@leakscope/shared/log';
import { decodeTensors, encodeTensors, type MessageOf, type ProtocolLimits } from '@leakscope/shared/protocol';
import { encodeSafetensors } from '@leakscope/shared/safetensors';
import type { NamedTensors } from '@leakscope/shared/tensors';
import { type AttackJob, jobKey, type Store } from '@leakscope/store';
import type { GlobalModel } from './global-model.ts';
import type { Interception } from './interception.ts';
import type { Report } from './round-collection.ts';
import type { FinishedRound } from './round-loop.ts';
import type { ScheduledRound } from './schedule.ts';

/** Where a resumed run goes on. */
export interface Resumption {
  /** The first round that is not committed. */
  next: number;
  /** Audited updates of each client in that round's stage. */
  audited: Map<string, number>;
  weights: NamedTensors;
  optimiser: { name: Experiment['training']['serverOptimizer']; state: NamedTensors };
}

interface CheckpointState {
  audited: [string, number][];
  optimiser: Experiment['training']['serverOptimizer'];
}

export interface RunKeeperOptions {
  store: Store;
  experiment: Experiment;
  classifier: Classifier;
  limits: ProtocolLimits;
  logger: Logger;
}

export class RunKeeper {
  readonly #options: RunKeeperOptions;
  /** Blobs of weights by the digest of their wire form: the same theta is hashed and written once. */
  readonly #weightBlobs = new Map<WireDigest, BlobDigest>();

  constructor(options: RunKeeperOptions) {
    this.#options = options;
  }

  /** From the newest whole checkpoint; undefined for a run that has none. */
  async resume(): Promise<Resumption | undefined> {
    const { store, logger, limits } = this.#options;
    const found = await store.checkpoints.latest((path) =>
      logger.warn({ path }, 'a damaged checkpoint is passed over'),
    );
    if (found === undefined) return undefined;
    const state = found.state as CheckpointState;
    const part = (name: string) => decodeTensors(found.parts.get(name) ?? new Uint8Array(), limits);
    return {
      next: found.number,
      audited: new Map(state.audited),
      weights: part('weights'),
      optimiser: { name: state.optimiser, state: part('optimiser') },
    };
  }

  opened({ round, stageIndex, stage }: ScheduledRound, clients: readonly string[], weightsDigest: WireDigest): void {
    this.#options.store.rounds.open({ round, stageIndex, stage, weightsDigest, clients });
  }

  rejected(clientId: string, offer: MessageOf<'offer'>, error: LeakscopeError): void {
    this.#put({ clientId, ...offer }, 'rejected', error.code);
  }

  /** Reads an accepted update back from the spool. */
  async load({ clientId, round, digest, bytes }: Report): Promise<NamedTensors> {
    const { store, limits } = this.#options;
    const spooled = await store.spool.open({ clientId, round, digest, bytes });
    try {
      return decodeTensors(await spooled.read(), limits);
    } finally {
      await spooled.close();
    }
  }

  /** Copies what the attacker gets, y and theta(t), and adds its jobs; the queue's policy decides which of them stay. */
  async intercept({
    scheduled,
    outcome,
    interception,
    weightsBefore,
  }: Pick<FinishedRound, 'scheduled' | 'outcome' | 'interception' | 'weightsBefore'>): Promise<void> {
    if (interception.taken.length === 0) return;
    const { store, experiment, logger } = this.#options;
    const weightsDigest = await this.#keepWeights(weightsBefore.digest, weightsBefore.tensors);
    const cohort = interception.taken.map(({ clientId }) => clientId);
    const own = new Map(outcome.reports.map((report) => [report.clientId, report]));
    const jobs: AttackJob[] = [];
    for (const taken of interception.taken) {
      const update = encodeSafetensors(await this.load(taken.report));
      const updateDigest = await store.blobs.put(update, 'safetensors');
      for (const attackIndex of experiment.attacks.keys()) {
        const about = { attackIndex, updateDigest, weightsDigest };
        jobs.push(this.#job(scheduled, taken, own.get(taken.clientId) as Report, about));
        logger.debug({ key: jobs.at(-1)?.key, swappedWith: taken.swappedWith }, 'intercepted');
      }
    }
    const fates = await store.queue.add(jobs, cohort);
    logger.debug({ round: scheduled.round, dropped: fates.filter((fate) => fate === 'dropped').length }, 'queued');
  }

  /** Makes a round durable: its rows, and from time to time a checkpoint; then the spool may forget it. */
  async commit(
    done: FinishedRound,
    audited: ReadonlyMap<string, number>,
    model: GlobalModel,
    last: boolean,
  ): Promise<void> {
    const { store, experiment } = this.#options;
    const { scheduled, outcome, accuracy } = done;
    const { round } = scheduled;
    for (const report of outcome.reports) this.#put(report, 'accepted', null);
    const examples = outcome.reports.reduce((sum, report) => sum + report.examples, 0);
    const loss = outcome.reports.reduce((sum, report) => sum + report.loss * report.examples, 0) / examples;
    store.rounds.close(round, {
      missing: [...outcome.missing, ...outcome.rejected.map(({ clientId }) => clientId)],
      loss,
      accuracy: accuracy ?? null,
    });
    if (!last && (round + 1) % experiment.server.checkpointEvery !== 0) return;
    const { name, state } = model.optimiser;
    const checkpoint: CheckpointState = { audited: [...audited], optimiser: name as CheckpointState['optimiser'] };
    await store.checkpoints.write({
      number: round + 1,
      state: checkpoint,
      parts: new Map([
        ['weights', encodeTensors(model.weights, 'fp32')],
        ['optimiser', encodeTensors(state, 'fp32')],
      ]),
    });
    await store.spool.removeBefore(round + 1);
  }

  #put(report: Report, state: 'accepted' | 'rejected', code: string | null): void {
    const { round, clientId, digest, bytes, encoding, examples, localSteps, loss, accuracy } = report;
    this.#options.store.updates.put({
      round,
      clientId,
      state,
      digest,
      bytes,
      encoding,
      examples,
      localSteps,
      loss,
      accuracy,
      code,
    });
  }

  async #keepWeights(wireDigest: WireDigest, weights: NamedTensors): Promise<BlobDigest> {
    const known = this.#weightBlobs.get(wireDigest);
    if (known !== undefined) return known;
    const digest = await this.#options.store.blobs.put(encodeSafetensors(weights), 'safetensors');
    this.#weightBlobs.set(wireDigest, digest);
    return digest;
  }

  #job(
    { round, stageIndex, stage, training }: ScheduledRound,
    { clientId, report }: Interception,
    own: Report,
    about: { attackIndex: number; updateDigest: BlobDigest; weightsDigest: BlobDigest },
  ): AttackJob {
    const { experiment, classifier } = this.#options;
    const attack = experiment.attacks[about.attackIndex] as Experiment['attacks'][number];
    const source = experiment.clients.find(({ id }) => id === report.clientId);
    const { threat } = attack;
    return {
      key: jobKey({ round, clientId, attackIndex: about.attackIndex }),
      round,
      stageIndex,
      stage,
      clientId,
      attack: attack.name,
      ...about,
      ownDigest: own.digest,
      arch: experiment.model.arch,
      classes: classifier.classes,
      resolution: classifier.inputShape[1],
      batchSize: training.batchSize,
      algorithm: training.algorithm,
      batchNorm: training.batchNorm,
      ...(UPLOADS[training.algorithm] === 'change' && {
        local: {
          steps: training.localSteps,
          learningRate: training.learningRate,
          momentum: training.momentum,
          weightDecay: training.weightDecay,
          proximal: training.algorithm === 'fedprox' ? training.proximal : 0,
        },
      }),
      ...(threat.defense === 'oracle' && source !== undefined && { oracleDefense: source.defense }),
      ...(threat.labels === 'known' && { labels: report.labels }),
    };
  }
}
