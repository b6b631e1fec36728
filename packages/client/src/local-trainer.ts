/** A client without its network: takes a round's weights, trains on its own examples, defends, and gives the update. */
import type { Dataset, Example } from '@leakscope/data';
import { type DefenseContext, type DefensePlan, featureSensitivity } from '@leakscope/defenses';
import type { Classifier } from '@leakscope/models';
import { LeakscopeError } from '@leakscope/shared/errors';
import { seeded } from '@leakscope/shared/random';
import { checkFinite, type NamedTensors } from '@leakscope/shared/tensors';
import type { Batch, BatchGradient } from './algorithms/local-algorithm.ts';
import { localAlgorithm } from './algorithms/registry.ts';
import { meanOf } from './algorithms/weights.ts';
import { type GradientOptions, type GradientSession, openGradientSession } from './batch-gradient.ts';
import { examplesAt } from './example-order.ts';
import { horizontalFlip } from './flip.ts';

export interface LocalTrainerOptions {
  clientId: string;
  /** The experiment's. Every draw of this client comes from it and the client's id. */
  seed: number | string;
  model: Classifier;
  dataset: Dataset;
  /** Dataset indices; this client's alone. */
  shard: readonly number[];
  defense: DefensePlan;
  executor: GradientOptions['executor'];
  /** Of each compiled program; 0 lets the engine choose. */
  threads?: number;
}

/** How a stage trains; the experiment's `training` with the stage's changes. */
export interface LocalTraining {
  algorithm: 'fedsgd' | 'fedavg' | 'fedprox';
  /** Examples of a local step. */
  batchSize: number;
  /** Steps of a round; FedSGD takes one. */
  localSteps: number;
  batchNorm: 'frozen' | 'train';
  learningRate: number;
  momentum: number;
  weightDecay: number;
  proximal: number;
  /** Mirror each example left to right with probability 1/2. */
  flip: boolean;
}

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

/** Compiled programs are kept from round to round; one process may hold many trainers, and the engine shares what they compile. */
export class LocalTrainer {
  readonly #options: LocalTrainerOptions;
  readonly #sessions = new Map<string, Promise<GradientSession>>();
  /** The round under way; a session takes one call at a time. */
  #running: Promise<unknown> = Promise.resolve();

  /** Throws CLIENT_SHARD_EMPTY. */
  constructor(options: LocalTrainerOptions) {
    if (options.shard.length === 0) throw new LeakscopeError('CLIENT_SHARD_EMPTY', { clientId: options.clientId });
    this.#options = options;
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
    const steps = training.algorithm === 'fedsgd' ? 1 : training.localSteps;
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
    const result = await localAlgorithm(training.algorithm).run({
      ...training,
      weights,
      batches,
      gradient: async (at, batch, step) => {
        signal?.throwIfAborted();
        return this.#defendedGradient(at, batch, training, {
          ...context,
          random: (...path) => context.random('step', step, ...path),
        });
      },
    });
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

  /** Frees the compiled programs. */
  async release(): Promise<void> {
    const open = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const session of open) await (await session).release();
  }

  async #examples(round: number, start: number, count: number, flip: boolean): Promise<Example[]> {
    const { clientId, seed, dataset, shard } = this.#options;
    const random = seeded(seed, 'flip', clientId, round);
    const examples: Example[] = [];
    for (const index of examplesAt({ seed, clientId, shard }, start, count)) {
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
      : await (await this.#session(batch.labels.length, batchNorm)).run(weights, batch);
    if (!defense.uses('step')) return whole;
    return { ...whole, gradient: await defense.apply(whole.gradient, context, 'step') };
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
    const session = await this.#session(1, batchNorm);
    const size = batch.images.length / batch.labels.length;
    const results: BatchGradient[] = [];
    for (const [i, label] of batch.labels.entries()) {
      const image = batch.images.subarray(i * size, (i + 1) * size);
      const result = await session.run(weights, { images: image, labels: [label] });
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

  #session(batchSize: number, batchNorm: LocalTraining['batchNorm']): Promise<GradientSession> {
    const { model, executor, threads = 0 } = this.#options;
    const key = `${batchSize}/${batchNorm}`;
    let session = this.#sessions.get(key);
    if (session === undefined) {
      session = openGradientSession({ model, batchSize, batchNorm, executor, threads });
      this.#sessions.set(key, session);
    }
    return session;
  }
}

function batchOf(examples: readonly Example[]): Batch {
  const size = examples[0]?.image.length ?? 0;
  const images = new Float32Array(examples.length * size);
  for (const [i, { image }] of examples.entries()) images.set(image, i * size);
  return { images, labels: examples.map(({ label }) => label) };
}
