/** What the curious server keeps for the attacker: copies of y and theta(t), and a job for each attack on them. */
import type { Classifier } from '@leakscope/models';
import { type Experiment, UPLOADS } from '@leakscope/shared/config';
import type { BlobDigest, WireDigest } from '@leakscope/shared/digests';
import type { Logger } from '@leakscope/shared/log';
import { encodeSafetensors } from '@leakscope/shared/safetensors';
import type { NamedTensors } from '@leakscope/shared/tensors';
import { type AttackJob, jobKey, type Store } from '@leakscope/store';
import { dueUpdates, type Interception, planInterception } from './interception-plan.ts';
import { KeptWeights } from './kept-weights.ts';
import type { Report } from './report.ts';
import type { ScheduledRound } from './schedule.ts';

interface InterceptionsOptions {
  store: Pick<Store, 'blobs' | 'queue'>;
  experiment: Pick<Experiment, 'attacks' | 'clients' | 'model'>;
  classifier: Classifier;
  /** Audited updates of each client so far, in the stage that the run goes on with. */
  audited: ReadonlyMap<string, number>;
  logger: Logger;
}

export class Interceptions {
  readonly #options: InterceptionsOptions;
  readonly #audited: Map<string, number>;
  readonly #weights: KeptWeights;

  constructor(options: InterceptionsOptions) {
    this.#options = options;
    this.#weights = new KeptWeights(options.store.blobs);
    this.#audited = new Map(options.audited);
  }

  /** Audited updates of each client so far, in the stage under way. */
  get audited(): ReadonlyMap<string, number> {
    return this.#audited;
  }

  /** A new stage audits each client anew. */
  beginStage(): void {
    this.#audited.clear();
  }

  /** For one opening of a round; undefined where its stage is not audited. */
  open(scheduled: ScheduledRound): RoundInterception | undefined {
    return scheduled.audit
      ? new RoundInterception({ ...this.#options, scheduled, audited: this.#audited, weights: this.#weights })
      : undefined;
  }
}

interface RoundInterceptionOptions extends Omit<InterceptionsOptions, 'audited'> {
  scheduled: ScheduledRound;
  /** Brought up to date when the jobs are added. */
  audited: Map<string, number>;
  weights: KeptWeights;
}

export class RoundInterception {
  readonly #options: RoundInterceptionOptions;
  /** Clients whose update is to be kept. */
  readonly #due: ReadonlySet<string>;
  readonly #kept = new Map<string, BlobDigest>();

  constructor(options: RoundInterceptionOptions) {
    this.#options = options;
    this.#due = dueUpdates(options.experiment.clients, options.audited);
  }

  /** Copies an update as it arrives, where an attack may need it. */
  async keep(clientId: string, update: NamedTensors): Promise<void> {
    if (!this.#due.has(clientId)) return;
    this.#kept.set(clientId, await this.#options.store.blobs.put(encodeSafetensors(update), 'safetensors'));
  }

  /**
   * Once the round's reports are known: adds the jobs; the queue's policy decides which of them stay. `weights`: those that the
   * clients trained on, with their digest on the wire.
   */
  async queue(
    reports: readonly Report[],
    weights: { readonly digest: WireDigest; readonly tensors: NamedTensors },
  ): Promise<void> {
    const { store, experiment, scheduled, audited, logger } = this.#options;
    const { round, stage } = scheduled;
    const { taken, withoutPartner } = planInterception(experiment.clients, reports, audited);
    for (const clientId of withoutPartner) {
      logger.warn({ clientId, stage, round }, 'a control has no partner in this round');
    }
    if (taken.length === 0) return;
    const weightsDigest = await this.#options.weights.keep(weights.digest, weights.tensors);
    const jobs = taken.flatMap((one) =>
      [...experiment.attacks.keys()].map((attackIndex) => this.#job(one, attackIndex, weightsDigest)),
    );
    const fates = await store.queue.add(
      jobs,
      taken.map(({ clientId }) => clientId),
    );
    const keys = jobs.map(({ key }) => key);
    logger.debug({ round, keys, dropped: fates.filter((fate) => fate === 'dropped').length }, 'queued');
  }

  #job({ clientId, own, report }: Interception, attackIndex: number, weightsDigest: BlobDigest): AttackJob {
    const { experiment, classifier, scheduled } = this.#options;
    const { round, stageIndex, stage, training } = scheduled;
    const { name, threat } = experiment.attacks[attackIndex] as Experiment['attacks'][number];
    const source = experiment.clients.find(({ id }) => id === report.clientId);
    return {
      key: jobKey({ round, clientId, attackIndex }),
      round,
      stageIndex,
      stage,
      clientId,
      attackIndex,
      attack: name,
      updateDigest: this.#kept.get(report.clientId) as BlobDigest,
      ownDigest: own.digest,
      weightsDigest,
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
