/** `leakscope evaluator`: waits for committed reconstructions, reads the truth behind them, and writes the leak log. */
import { setTimeout as sleep } from 'node:timers/promises';
import { clientShards, type Dataset, openExperimentData } from '@leakscope/data';
import { openClassifier } from '@leakscope/models';
import type { Experiment } from '@leakscope/shared/config';
import { isLeakscopeError, LeakscopeError } from '@leakscope/shared/errors';
import type { Logger } from '@leakscope/shared/log';
import { formatPlugins, type Plugin } from '@leakscope/shared/plugin';
import { type AttackJob, type FinishedJob, openStore, readTruth, type Store, type Truth } from '@leakscope/store';
import { type Assessment, type Assessor, openAssessor } from '../assessor.ts';
import { priorGenerator } from '../baselines/prior-generator.ts';
import { encodePng } from '../png.ts';
import type { LeakRecord } from '../record.ts';
import { settleRanks } from '../statistics/ranks.ts';
import { detailsOf, readShown, readTensors } from './committed.ts';
import { estimationError } from './estimation-error.ts';

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

export interface EvaluationResult {
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
  const { experiment, runDir, signal, logger } = options;
  const base = options.base === undefined ? {} : { base: options.base };
  const store = openStore(runDir, 'evaluator', { queue: { attempts: experiment.queue.attempts } });
  const dataset = await openExperimentData(experiment, base);
  const evaluation = new Evaluation(options, store, dataset);
  try {
    await evaluation.untilOver();
    await evaluation.settle();
    return { outcome: 'finished', ...evaluation.counts() };
  } catch (error) {
    if (!signal.aborted) throw error;
    logger.info('evaluation interrupted');
    // So that what there is can be read: the ranks are against the victims known so far, and a resumed run settles them again.
    await evaluation.settle();
    return { outcome: 'interrupted', ...evaluation.counts() };
  } finally {
    await evaluation.release();
    await dataset.close();
    await store.close();
  }
}

class Evaluation {
  readonly #options: RunEvaluatorOptions;
  readonly #store: Store;
  readonly #dataset: Dataset;
  /** Jobs whose client did not share its truth. */
  readonly #untold = new Set<string>();
  #assessor: Assessor | undefined;

  constructor(options: RunEvaluatorOptions, store: Store, dataset: Dataset) {
    this.#options = options;
    this.#store = store;
    this.#dataset = dataset;
  }

  async untilOver(): Promise<void> {
    const { signal } = this.#options;
    for (;;) {
      // Asked before the list of settled jobs is read, so that none can slip in between.
      const over = await this.#isOver();
      const settled = await this.#store.queue.finished();
      for (const job of settled) {
        signal.throwIfAborted();
        if (this.#isKnown(job)) continue;
        await this.#evaluate(job);
        await this.#report(settled);
      }
      if (over) return;
      await sleep(POLL_MILLISECONDS, undefined, { signal });
    }
  }

  /** Final ranks, now that all victims are known, and the log in its final order. */
  async settle(): Promise<void> {
    const { experiment } = this.#options;
    const strata = clientShards(experiment, this.#dataset);
    const settled = (await this.#store.queue.finished()).filter(({ job }) => this.#store.leaks.has(job.key));
    const jobs = new Map(settled.map((one) => [recordKey(one.job.round, one.job.clientId, one.job.attackIndex), one]));
    const jobOf = (record: LeakRecord): FinishedJob =>
      jobs.get(recordKey(record.round, record.client, record.attackIndex)) as FinishedJob;
    const records = await settleRanks(this.#store.leaks.list<LeakRecord>(), {
      dataset: this.#dataset,
      stratum: (client) => strata.get(client)?.stratum,
      see: async (record) => {
        const job = jobOf(record);
        const truth = await readTruth(this.#store, job.job);
        const shown = await readShown(this.#store, job, this.#dataset.resolution);
        return { truth: truth.examples[record.image]?.image as Float32Array, shown: shown?.images ?? null };
      },
    });
    for (const [job, own] of Map.groupBy(records, jobOf)) this.#store.leaks.add(job.job, own);
    await this.#store.leaks.writeLog();
  }

  counts(): { records: number; failures: number } {
    const records = this.#store.leaks.list<LeakRecord>();
    return { records: records.length, failures: records.filter(({ failed }) => failed !== null).length };
  }

  async release(): Promise<void> {
    await this.#assessor?.release();
  }

  async #isOver(): Promise<boolean> {
    const { waiting, leased } = await this.#store.queue.counts();
    return this.#store.runs.current()?.state === 'finished' && waiting + leased === 0;
  }

  #isKnown({ job }: FinishedJob): boolean {
    return this.#untold.has(job.key) || this.#store.leaks.has(job.key);
  }

  async #report(settled: readonly FinishedJob[]): Promise<void> {
    const { waiting, leased, done, failed } = await this.#store.queue.counts();
    const evaluated = settled.filter((job) => this.#isKnown(job)).length;
    this.#options.onProgress?.({ phase: 'evaluation', done: evaluated, total: waiting + leased + done + failed });
  }

  async #evaluate(settled: FinishedJob): Promise<void> {
    const { logger, signal } = this.#options;
    const { job } = settled;
    const truth = await this.#truthOf(job);
    if (truth === undefined) return;
    const shown = await readShown(this.#store, settled, this.#dataset.resolution);
    const weights = await readTensors(this.#store, job.weightsDigest);
    const options = { classes: job.classes, resolution: this.#dataset.resolution };
    const model = await openClassifier(job.arch, options, this.#options.base ?? '.');
    this.#assessor ??= await this.#openAssessor();
    const assessments = await this.#assessor.assess(
      truth.examples,
      shown,
      { model, weights, weightsDigest: job.weightsDigest },
      signal,
    );
    const records: LeakRecord[] = [];
    for (const [image, assessment] of assessments.entries()) {
      records.push(await this.#record(settled, truth, image, assessment));
    }
    this.#store.leaks.add(job, records);
    const leaks = records.map(({ leakAbovePrior }) => Number(leakAbovePrior.toFixed(4)));
    logger.info({ job: job.key, client: job.clientId, stage: job.stage, leakAbovePrior: leaks }, 'evaluated');
  }

  /** Undefined, and a warning, where the client keeps its examples to itself. */
  async #truthOf(job: AttackJob): Promise<Truth | undefined> {
    let truth: Truth;
    try {
      truth = await readTruth(this.#store, job);
    } catch (error) {
      if (!isLeakscopeError(error, 'STORE_TRUTH_MISSING')) throw error;
      this.#untold.add(job.key);
      this.#options.logger.warn({ job: job.key, client: job.clientId }, 'no truth was shared: not evaluated');
      return undefined;
    }
    for (const { index, id } of truth.examples) {
      const expected = this.#dataset.id(index);
      if (expected !== id) {
        throw new LeakscopeError('EVAL_TRUTH_MISMATCH', { client: job.clientId, index, expected, actual: id });
      }
    }
    return truth;
  }

  async #openAssessor(): Promise<Assessor> {
    const { experiment, logger } = this.#options;
    const { seed, priorSamples, ceilingSteps } = experiment.evaluation;
    const assessor = await openAssessor({
      dataset: this.#dataset,
      generator: await priorGenerator(experiment, this.#dataset.resolution, this.#options.base),
      seed,
      priorSamples,
      ceilingSteps,
      executor: experiment.engine,
      ...(experiment.threads > 0 && { threads: experiment.threads }),
    });
    const { reliable, accuracy } = assessor.judge;
    logger.info({ reliable, accuracy }, 'attribute judge trained on public faces');
    return assessor;
  }

  async #record({ job, error }: FinishedJob, truth: Truth, image: number, assessment: Assessment): Promise<LeakRecord> {
    const { images, ...measured } = assessment;
    const example = truth.examples[image] as Truth['examples'][number];
    const client = this.#options.experiment.clients.find(({ id }) => id === job.clientId);
    const committed = this.#store.reconstructions.get(job.key);
    const picture = async (planes: Float32Array) =>
      this.#store.blobs.put(await encodePng(planes, this.#dataset.resolution), 'png');
    const unranked = { rank: null, decoys: 0, p: 1 };
    const defense = formatPlugins((client?.defense ?? []) as readonly Plugin[]);
    const control = client?.swapWith !== undefined;
    return {
      round: job.round,
      stage: job.stage,
      client: job.clientId,
      attack: job.attack,
      attackIndex: job.attackIndex,
      defense,
      control,
      update: job.updateDigest,
      reconstruction: measured.metrics === null ? null : (committed?.digest ?? null),
      victim: example.id,
      victimIndex: example.index,
      image,
      label: example.label,
      ...measured,
      // Ranks wait until all victims are known.
      retrieval: unranked,
      victimRetrieval: { ...unranked, reconstructions: 0 },
      failed: error,
      pictures: {
        original: await picture(example.image),
        reconstruction: images.reconstruction && (await picture(images.reconstruction)),
        floor: await picture(images.floor),
        ceiling: images.ceiling && (await picture(images.ceiling)),
      },
      details: detailsOf(committed?.details),
      estimationError: control ? null : estimationError(committed?.details, defense),
      times: { evaluated: new Date().toISOString(), committed: committed?.committedAt ?? null },
    };
  }
}

const recordKey = (round: number, client: string, attackIndex: number): string =>
  JSON.stringify([round, client, attackIndex]);
