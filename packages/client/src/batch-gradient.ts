/** Loss and gradient of a batch, compiled once for a model, a batch size and a kind of batch norm. */
import { compile, type ExecutorChoice, openSession } from '@leakscope/engine';
import type * as tf from '@leakscope/engine/tf';
import { type Classifier, countCorrect, lossAndGradient, oneHot, updateRunningStatistics } from '@leakscope/models';
import { type NamedTensors, type Tensor, tensor } from '@leakscope/shared/tensors';
import type { Batch, BatchGradient } from './algorithms/local-algorithm.ts';

export interface GradientOptions {
  model: Classifier;
  batchSize: number;
  /** `frozen`: by running statistics, which stay. `train`: by the batch's own, which move them as PyTorch does. */
  batchNorm: 'frozen' | 'train';
  executor: ExecutorChoice;
  /** 0 lets the engine choose. */
  threads?: number;
}

interface GradientSession {
  /** At any weights (parameters and buffers) of the model; the batch has `batchSize` examples. */
  run(weights: NamedTensors, batch: Batch): Promise<BatchGradient>;
  release(): Promise<void>;
}

/** Compiles the program, or takes it from the engine's cache, and opens a session. The weights are inputs: they change from step to step. */
export async function openGradientSession({
  model,
  batchSize,
  batchNorm,
  executor,
  threads = 0,
}: GradientOptions): Promise<GradientSession> {
  const { parameters, buffers, classes, inputShape, name } = model;
  const weights = [...parameters, ...buffers];
  const program = compile({
    name: `client/gradient/${name}/${classes}/${batchNorm}`,
    inputs: {
      x: [batchSize, ...inputShape],
      labels: [batchSize, classes],
      ...Object.fromEntries(weights.map((spec) => [`w/${spec.name}`, [...spec.shape]])),
    },
    fn: (tensors) => {
      const theta = Object.fromEntries(weights.map((spec) => [spec.name, tensors[`w/${spec.name}`] as tf.Tensor]));
      const { loss, logits, gradient, statistics } = lossAndGradient(
        model,
        theta,
        tensors.x as tf.Tensor,
        tensors.labels as tf.Tensor,
        batchNorm === 'train' ? 'train' : 'eval',
      );
      const moved = updateRunningStatistics(theta, statistics);
      return { outputs: { loss, logits, ...withPrefix('g/', gradient), ...withPrefix('b/', moved) } };
    },
  });
  const session = await openSession(program, { executor, ...(threads > 0 && { threads }) });

  return {
    async run(theta, { images, labels }) {
      const feeds: Record<string, Float32Array> = { x: images, labels: oneHot(labels, classes) };
      for (const spec of weights) feeds[`w/${spec.name}`] = (theta.get(spec.name) as Tensor).data;
      const out = await session.run(feeds);
      const moved = buffers.filter((spec) => `b/${spec.name}` in out);
      return {
        loss: out.loss?.[0] ?? Number.NaN,
        correct: countCorrect(out.logits as Float32Array, labels, classes),
        gradient: collect(parameters, 'g/', out),
        buffers: collect(moved, 'b/', out),
      };
    },
    release: () => session.release(),
  };
}

function withPrefix<T>(prefix: string, values: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));
}

function collect(
  specs: readonly { readonly name: string; readonly shape: readonly number[] }[],
  prefix: string,
  out: Record<string, Float32Array>,
): NamedTensors {
  return new Map(specs.map(({ name, shape }) => [name, tensor(shape, out[prefix + name] as Float32Array)]));
}
