/** Evaluates one finished job after another: truth, reconstruction, assessment, records. */
import type { Dataset } from '@leakscope/data';
import { openClassifier } from '@leakscope/models';
import type { Experiment } from '@leakscope/shared/config';
import { isLeakscopeError, LeakscopeError } from '@leakscope/shared/errors';
import type { Logger } from '@leakscope/shared/log';
import { type AttackJob, type FinishedJob, readTruth, type Store, type Truth } from '@leakscope/store';
import { type Assessor, openAssessor } from '../assessor.ts';
import { START_POOL } from '../baselines/inversion.ts';
import { priorGenerator } from '../baselines/prior-generator.ts';
import { samplePublicFaces } from '../baselines/public-faces.ts';
import { configureMetrics } from '../metrics/configure.ts';
import { readReconstruction, readTensors } from './committed.ts';
import { leakRecord } from './leak-record.ts';

interface EvaluationOptions {
  readonly experiment: Experiment;
  /** Folder that relative paths start from. */
  readonly base?: string;
  readonly store: Store;
  readonly dataset: Dataset;
  readonly logger: Logger;
}

export class Evaluation {
  readonly #options: EvaluationOptions;
  /** Jobs whose client keeps its truth to itself. */
  readonly #withoutTruth = new Set<string>();
  #assessor: Assessor | undefined;

  constructor(options: EvaluationOptions) {
    this.#options = options;
  }

  /** Whether a job has its records, or can have none. */
  isDone({ job }: FinishedJob): boolean {
    return this.#withoutTruth.has(job.key) || this.#options.store.leaks.has(job.key);
  }

  /** Keeps the job's records in the store; their ranks wait until all victims are known. */
  async evaluate(finished: FinishedJob, signal: AbortSignal): Promise<void> {
    const { experiment, base = '.', store, dataset, logger } = this.#options;
    const { job } = finished;
    const truth = await this.#truthOf(job);
    if (truth === undefined) return;
    const batch = await readReconstruction(store, finished, dataset.resolution);
    const weights = await readTensors(store, job.weightsDigest);
    const model = await openClassifier(job.arch, { classes: job.classes, resolution: dataset.resolution }, base);
    this.#assessor ??= await this.#openAssessor();
    const victim = { model, weights, weightsDigest: job.weightsDigest };
    const assessments = await this.#assessor.assess(truth.examples, batch, victim, signal);
    const records = [];
    for (const [image, assessment] of assessments.entries()) {
      records.push(
        await leakRecord({ experiment, store, resolution: dataset.resolution, finished, truth, image, assessment }),
      );
    }
    store.leaks.add(job, records);
    const leaks = records.map(({ leakAbovePrior }) => Number(leakAbovePrior.toFixed(4)));
    logger.info({ job: job.key, client: job.clientId, stage: job.stage, leakAbovePrior: leaks }, 'evaluated');
  }

  async release(): Promise<void> {
    await this.#assessor?.release();
  }

  /** Undefined, and a warning, where the client keeps its examples to itself. */
  async #truthOf(job: AttackJob): Promise<Truth | undefined> {
    let truth: Truth;
    try {
      truth = await readTruth(this.#options.store, job);
    } catch (error) {
      if (!isLeakscopeError(error, 'STORE_TRUTH_MISSING')) throw error;
      this.#withoutTruth.add(job.key);
      this.#options.logger.warn({ job: job.key, client: job.clientId }, 'no truth was shared: not evaluated');
      return undefined;
    }
    for (const { index, id } of truth.examples) {
      const expected = this.#options.dataset.id(index);
      if (expected !== id) {
        throw new LeakscopeError('EVAL_TRUTH_MISMATCH', { client: job.clientId, index, expected, actual: id });
      }
    }
    return truth;
  }

  async #openAssessor(): Promise<Assessor> {
    const { experiment, dataset, logger, base } = this.#options;
    const { seed, priorSamples, ceilingSteps } = experiment.evaluation;
    const faces = await samplePublicFaces(dataset, seed);
    const { reliable, accuracy } = faces.judge;
    logger.info({ reliable, accuracy }, 'attribute judge trained on public faces');
    return await openAssessor({
      resolution: dataset.resolution,
      faces,
      generator: await priorGenerator(experiment, dataset.resolution, base),
      baselines: {
        prior: { samples: priorSamples },
        // The draws of the prior are there anyway: each of them may be a start.
        'gan-inversion': { steps: ceilingSteps, starts: Math.max(START_POOL, priorSamples) },
      },
      metrics: await configureMetrics(experiment.evaluation.metrics, base),
      seed,
      executor: experiment.engine,
      ...(experiment.threads > 0 && { threads: experiment.threads }),
    });
  }
}
