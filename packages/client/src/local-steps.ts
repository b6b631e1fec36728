/**
 * A client's local steps of SGD as one compiled program. Weights, velocities and running statistics are its state: they stay in
 * the session from the first step to the last, and each step moves them in place.
 */
import { compile, type ExecutorChoice, openSession, type Program } from '@leakscope/engine';
import * as tf from '@leakscope/engine/tf';
import {
  type Classifier,
  countCorrect,
  type LiveModel,
  liveModel,
  lossAndGradient,
  oneHot,
  updateRunningStatistics,
  weight,
} from '@leakscope/models';
import { type NamedTensors, type Tensor, tensor } from '@leakscope/shared/tensors';
import type { Batch, Descent, LocalSteps } from './algorithms/local-algorithm.ts';

/** What the program depends on. Terms that are off cost nothing; rates and weights are inputs. */
interface LocalStepsKind {
  model: Classifier;
  batchSize: number;
  /** `frozen`: by running statistics, which stay. `train`: by the batch's own, which move them as PyTorch does. */
  batchNorm: 'frozen' | 'train';
  momentum: boolean;
  weightDecay: boolean;
  proximal: boolean;
}

interface LocalStepsSession {
  /** All steps of a round; what it is given is left as it is. Throws the signal's reason. */
  run(weights: NamedTensors, batches: readonly Batch[], steps: LocalSteps, signal?: AbortSignal): Promise<Descent>;
  release(): Promise<void>;
}

const FLAGS = ['momentum', 'weightDecay', 'proximal'] as const;

const shapesOf = (specs: Classifier['parameters'], prefix: string): Record<string, number[]> =>
  Object.fromEntries(specs.map(({ name, shape }) => [prefix + name, [...shape]]));

/**
 * One step, as torch.optim.SGD takes it: `v <- momentum v + g + decay w + mu (w - w_round)`, `w <- w - rate v`.
 * Inputs `x`, `labels` (one-hot) and the scalars `rate` and those of the terms that are on; state `w/<name>`, `v/<name>` with
 * momentum and `round/<name>` with the proximal term.
 */
export function localStepProgram(kind: LocalStepsKind): Program {
  const { model, batchSize, batchNorm } = kind;
  const { parameters, buffers, classes, inputShape, name } = model;
  const on = FLAGS.filter((flag) => kind[flag]);
  return compile({
    name: `client/steps/${name}/${classes}/${batchNorm}/${on.join('+')}`,
    inputs: {
      x: [batchSize, ...inputShape],
      labels: [batchSize, classes],
      rate: [],
      ...Object.fromEntries(on.map((flag) => [flag, []])),
    },
    state: {
      ...shapesOf([...parameters, ...buffers], 'w/'),
      ...(kind.momentum && shapesOf(parameters, 'v/')),
      ...(kind.proximal && shapesOf(parameters, 'round/')),
    },
    fn: (tensors) => {
      const get = (key: string): tf.Tensor => weight(tensors, key);
      const theta = Object.fromEntries([...parameters, ...buffers].map((spec) => [spec.name, get(`w/${spec.name}`)]));
      const mode = batchNorm === 'train' ? 'train' : 'eval';
      // Without further terms the step is the gradient of rate times the loss.
      const plain = !kind.momentum && !kind.weightDecay && !kind.proximal;
      const rate = get('rate');
      const pass = lossAndGradient(model, theta, get('x'), get('labels'), mode, plain ? rate : undefined);
      const state: Record<string, tf.Tensor> = {};
      for (const [parameter, gradient] of Object.entries(pass.gradient)) {
        const w = get(`w/${parameter}`);
        let direction = gradient;
        if (kind.weightDecay) direction = tf.add(direction, tf.mul(w, get('weightDecay')));
        if (kind.proximal) {
          direction = tf.add(direction, tf.mul(tf.sub(w, get(`round/${parameter}`)), get('proximal')));
        }
        if (kind.momentum) {
          direction = tf.add(direction, tf.mul(get(`v/${parameter}`), get('momentum')));
          state[`v/${parameter}`] = direction;
        }
        state[`w/${parameter}`] = tf.sub(w, plain ? direction : tf.mul(direction, rate));
      }
      for (const [buffer, value] of Object.entries(updateRunningStatistics(theta, pass.statistics))) {
        state[`w/${buffer}`] = value;
      }
      return { outputs: { loss: pass.loss, logits: pass.logits }, state };
    },
  });
}

/** The part of a model that local steps move. Weight decay moves what no image meets, too; nothing else does. */
const movedBy = ({ model, weightDecay }: Pick<LocalStepsKind, 'model' | 'weightDecay'>): LiveModel =>
  weightDecay ? { model, take: (weights) => weights, restore: (live) => live } : liveModel(model);

/** Opens the program; its first round brings the weights. */
export async function openLocalSteps(
  kind: LocalStepsKind,
  { executor, threads = 0 }: { executor: ExecutorChoice; threads?: number },
): Promise<LocalStepsSession> {
  const moved = movedBy(kind);
  const program = localStepProgram({ ...kind, model: moved.model });
  const { parameters, buffers, classes } = moved.model;
  const zeros = (shapes: Program['parameters']['state']): Record<string, Float32Array> =>
    Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => [name, new Float32Array(shape.reduce((n, size) => n * size, 1))]),
    );
  const session = await openSession(program, {
    executor,
    ...(threads > 0 && { threads }),
    state: zeros(program.parameters.state),
  });

  return {
    async run(weights, batches, steps, signal) {
      const live = moved.take(weights);
      const at = (name: string): Float32Array => (live.get(name) as Tensor).data;
      const start: Record<string, Float32Array> = {};
      for (const { name } of [...parameters, ...buffers]) start[`w/${name}`] = at(name);
      for (const { name } of parameters) {
        if (kind.momentum) start[`v/${name}`] = new Float32Array(at(name).length);
        if (kind.proximal) start[`round/${name}`] = at(name);
      }
      await session.writeState(start);
      const scalars = {
        rate: Float32Array.of(steps.learningRate),
        ...Object.fromEntries(FLAGS.filter((flag) => kind[flag]).map((flag) => [flag, Float32Array.of(steps[flag])])),
      };
      let loss = 0;
      let correct = 0;
      for (const { images, labels } of batches) {
        signal?.throwIfAborted();
        const out = await session.run({ x: images, labels: oneHot(labels, classes), ...scalars });
        loss += (out.loss?.[0] ?? Number.NaN) / batches.length;
        correct += countCorrect(out.logits as Float32Array, labels, classes);
      }
      const after = await session.readState();
      const collect = (specs: Classifier['parameters']): NamedTensors =>
        new Map(specs.map(({ name, shape }) => [name, tensor(shape, after[`w/${name}`] as Float32Array)]));
      return {
        parameters: moved.restore(collect(parameters), weights),
        buffers: kind.batchNorm === 'train' ? collect(buffers) : new Map(),
        loss,
        correct,
      };
    },
    release: () => session.release(),
  };
}
