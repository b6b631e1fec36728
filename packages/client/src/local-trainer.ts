/** A client without its network: takes a round's weights, trains on its own examples, defends, and gives the update. */
import type { Dataset, Example } from '@leakscope/data';
import { type DefenseContext, type DefensePlan, featureSensitivity } from '@leakscope/defenses';
import type { Classifier } from '@leakscope/models';
import type { Training } from '@leakscope/shared/config';
import { LeakscopeError } from '@leakscope/shared/errors';
import { seeded } from '@leakscope/shared/random';
import { checkFinite, type NamedTensors } from '@leakscope/shared/tensors';
import type { Batch, BatchGradient, Descent, LocalRound, LocalSteps } from './algorithms/local-algorithm.ts';
import { LOCAL_ALGORITHMS } from './algorithms/registry.ts';
import { meanOf } from './algorithms/weights.ts';
import { type GradientOptions, openGradientSession } from './batch-gradient.ts';
import { examplesAt } from './example-order.ts';
import { horizontalFlip } from './flip.ts';
import { openLocalSteps } from './local-steps.ts';
import { SessionPool } from './session-pool.ts';

export interface LocalTrainerOptions {
  clientId: string;
  /** The experiment's. Every draw of this client comes from it and the client's id. */
  seed: number | string;
  model: Classifier;
  dataset: Dataset;
  /** Dataset indices; this client's alone. */
  shard: readonly number[];
  /** Those of them that come first in each stage; by default none. */
  victims?: readonly number[];
  defense: DefensePlan;
  executor: GradientOptions['executor'];
  /** Of each compiled program; 0 lets the engine choose. */
  threads?: number;
  /** Compiled programs to share with other clients of this process; without it the trainer has its own. */
  sessions?: SessionPool;
}

/** How a stage trains: what a client needs of the experiment's `training` with the stage's changes. */
export type LocalTraining = Pick<
  Training,
  | 'algorithm'
  | 'batchSize'
  | 'localSteps'
  | 'batchNorm'
  | 'learningRate'
  | 'momentum'
  | 'weightDecay'
  | 'proximal'
  | 'flip'
>;

export interface RoundTask {
  stage: string;
  /** Over all stages, from 0. */
  round: number;
  /** Within the stage, from 0: every stage starts at the head of the client's order, so that two audits see the same examples. */
  position: number;
  /** Parameters and buffers at the start of the round; left as they are. */
  weights: NamedTensors;
  training: LocalTraining;
}

export interface TrainedRound {
  /** Defended: what leaves the client. The change of running statistics follows the parameters. */
  update: NamedTensors;
  /** The examples behind it, as the model saw them: the truth, which stays here. */
  examples: readonly Example[];
  loss: number;
  accuracy: number;
}

/** Compiled programs are kept from round to round. */
export class LocalTrainer {
  readonly #options: LocalTrainerOptions;
  readonly #sessions: SessionPool;
  /** The round under way: rounds of one client go one after another. */
  #running: Promise<unknown> = Promise.resolve();

  /** Throws CLIENT_SHARD_EMPTY. */
  constructor(options: LocalTrainerOptions) {
    if (options.shard.length === 0) throw new LeakscopeError('CLIENT_SHARD_EMPTY', { clientId: options.clientId });
    this.#options = options;
    this.#sessions = options.sessions ?? new SessionPool();
  }

  /**
   * One round: a function of the task and the options alone, so that a client that was killed gives the same update again.
   * Throws CLIENT_DIVERGED where the update is not finite, DATA_ errors of the examples, and the signal's reason.
   */
  train(task: RoundTask, signal?: AbortSignal): Promise<TrainedRound> {
    const trained = this.#running.then(() => this.#train(task, signal));
    this.#running = trained.catch(() => {});
    return trained;
  }

  async #train({ stage, round, position, weights, training }: RoundTask, signal?: AbortSignal): Promise<TrainedRound> {
    signal?.throwIfAborted();
    const { clientId, seed, model, dataset, defense, executor } = this.#options;
    const whole = !defense.uses('example') && !defense.uses('step');
    const algorithm = LOCAL_ALGORITHMS[training.algorithm];
    const steps = algorithm.batches === 'one' ? 1 : training.localSteps;
    const examples = await this.#examples(
      round,
      position * steps * training.batchSize,
      steps * training.batchSize,
      training.flip,
    );
    const batches = Array.from({ length: steps }, (_, step) =>
      batchOf(examples.slice(step * training.batchSize, (step + 1) * training.batchSize)),
    );
    const context: DefenseContext = {
      random: (...path) => seeded(seed, 'defense', clientId, round, ...path),
      sensitivity: () => featureSensitivity({ model, weights, images: examples.map(({ image }) => image), executor }),
    };
    const local: LocalRound = {
      weights,
      batches,
      gradient: async (at, batch, step) => {
        signal?.throwIfAborted();
        return this.#defendedGradient(at, batch, training, {
          ...context,
          random: (...path) => context.random('step', step, ...path),
        });
      },
      ...(whole && { descend: (how: LocalSteps) => this.#descend(weights, batches, training, how, signal) }),
    };
    const result = await algorithm.run(local, algorithm.params.parse(training));
    signal?.throwIfAborted();
    const update = await defense.apply(result.update, context, 'update');
    for (const [name, change] of result.buffers) update.set(name, change);
    try {
      checkFinite(update);
    } catch (cause) {
      throw new LeakscopeError('CLIENT_DIVERGED', { clientId, stage, round, dataset: dataset.name, cause });
    }
    return { update, examples, loss: result.loss, accuracy: result.accuracy };
  }

  /** Frees the compiled programs, unless they are shared. */
  async release(): Promise<void> {
    if (this.#options.sessions === undefined) await this.#sessions.release();
  }

  #descend(
    weights: NamedTensors,
    batches: readonly Batch[],
    { batchSize, batchNorm }: LocalTraining,
    steps: LocalSteps,
    signal: AbortSignal | undefined,
  ): Promise<Descent> {
    const { model, executor, threads = 0 } = this.#options;
    const on = { momentum: steps.momentum > 0, weightDecay: steps.weightDecay > 0, proximal: steps.proximal > 0 };
    return this.#sessions.use(
      ['steps', batchSize, batchNorm, ...Object.values(on)].join('/'),
      () => openLocalSteps({ model, batchSize, batchNorm, ...on }, { executor, threads }),
      (session) => session.run(weights, batches, steps, signal),
    );
  }

  async #examples(round: number, start: number, count: number, flip: boolean): Promise<Example[]> {
    const { clientId, seed, dataset, shard, victims = [] } = this.#options;
    const random = seeded(seed, 'flip', clientId, round);
    const examples: Example[] = [];
    for (const index of examplesAt({ seed, clientId, shard, victims }, start, count)) {
      const example = await dataset.example(index);
      examples.push(flip && random.uniform() < 0.5 ? horizontalFlip(example, dataset.resolution) : example);
    }
    return examples;
  }

  /** The batch's gradient after the defences on examples and steps; one pass for the batch unless a defence wants each example. */
  async #defendedGradient(
    weights: NamedTensors,
    batch: Batch,
    { batchNorm }: LocalTraining,
    context: DefenseContext,
  ): Promise<BatchGradient> {
    const { defense } = this.#options;
    const whole = defense.uses('example')
      ? await this.#perExample(weights, batch, batchNorm, context)
      : await this.#gradient(weights, batch, batchNorm);
    if (!defense.uses('step')) return whole;
    const ofStep: DefenseContext = { ...context, examples: batch.labels.length };
    return { ...whole, gradient: await defense.apply(whole.gradient, ofStep, 'step') };
  }

  async #perExample(
    weights: NamedTensors,
    batch: Batch,
    batchNorm: LocalTraining['batchNorm'],
    context: DefenseContext,
  ): Promise<BatchGradient> {
    const { clientId, defense } = this.#options;
    // Batch statistics tie the examples together: there is no gradient of one example.
    if (batchNorm === 'train') {
      throw new LeakscopeError('CLIENT_EXAMPLES_COUPLED', { clientId, defense: defense.text });
    }
    const size = batch.images.length / batch.labels.length;
    const results: BatchGradient[] = [];
    for (const [i, label] of batch.labels.entries()) {
      const image = batch.images.subarray(i * size, (i + 1) * size);
      const result = await this.#gradient(weights, { images: image, labels: [label] }, batchNorm);
      const own: DefenseContext = { ...context, random: (...path) => context.random('example', i, ...path) };
      results.push({ ...result, gradient: await defense.apply(result.gradient, own, 'example') });
    }
    return {
      loss: results.reduce((sum, { loss }) => sum + loss, 0) / results.length,
      correct: results.reduce((sum, { correct }) => sum + correct, 0),
      gradient: meanOf(results.map(({ gradient }) => gradient)),
      buffers: new Map(),
    };
  }

  #gradient(weights: NamedTensors, batch: Batch, batchNorm: LocalTraining['batchNorm']): Promise<BatchGradient> {
    const { model, executor, threads = 0 } = this.#options;
    const batchSize = batch.labels.length;
    return this.#sessions.use(
      ['gradient', batchSize, batchNorm].join('/'),
      () => openGradientSession({ model, batchSize, batchNorm, executor, threads }),
      (session) => session.run(weights, batch),
    );
  }
}

function batchOf(examples: readonly Example[]): Batch {
  const size = examples[0]?.image.length ?? 0;
  const images = new Float32Array(examples.length * size);
  for (const [i, { image }] of examples.entries()) images.set(image, i * size);
  return { images, labels: examples.map(({ label }) => label) };
}
