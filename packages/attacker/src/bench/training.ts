/** `bench training`: a client's local step, SGD on a batch with train-mode batch norm, weights kept in the session. */
import { compile, openSession, type Program } from '@leakscope/engine';
import * as tf from '@leakscope/engine/tf';
import { type Classifier, classifier, lossAndGradient, updateRunningStatistics, weight } from '@leakscope/models';
import { seeded } from '@leakscope/shared/random';
import { sizeOf } from '@leakscope/shared/tensors';
import { type BenchCase, type BenchOptions, environment, relativeError, rounded, time } from './case.ts';

const BATCHES = [32];
const ARCHITECTURES = ['resnet18-cifar', 'resnet18-imagenet'] as const;
const CLASSES = 2;
/** Large enough that a step's change stands out of the rounding of the weights. */
const LEARNING_RATE = 0.1;

/** Runs every case. The error is that of one step's change of all weights against -rate times a separately compiled gradient. */
export async function benchTraining(options: BenchOptions = {}): Promise<BenchCase[]> {
  const results: BenchCase[] = [];
  for (const arch of ARCHITECTURES) {
    for (const batch of BATCHES) {
      const result = await measure(classifier(arch, { classes: CLASSES, resolution: 32 }), batch, options);
      options.onCase?.(result);
      results.push(result);
    }
  }
  return results;
}

const signature = (model: Classifier, batch: number) => ({
  x: [batch, ...model.inputShape],
  label: [batch, model.classes],
});

const shapes = (model: Classifier): Record<string, readonly number[]> =>
  Object.fromEntries([...model.parameters, ...model.buffers].map(({ name, shape }) => [name, shape]));

/** One step of SGD: the next weights are w - rate g, the next buffers follow the batch as PyTorch's do. */
function stepProgram(model: Classifier, batch: number): Program {
  return compile({
    name: `bench/training/${model.name}-${model.classes}/${batch}`,
    inputs: signature(model, batch),
    state: shapes(model),
    fn: (tensors) => {
      const { loss, gradient, statistics } = lossAndGradient(
        model,
        tensors,
        weight(tensors, 'x'),
        weight(tensors, 'label'),
        'train',
      );
      const moved = Object.entries(gradient).map(([name, g]) => [
        name,
        tf.sub(weight(tensors, name), tf.mul(g, LEARNING_RATE)),
      ]);
      return {
        outputs: { loss },
        state: { ...Object.fromEntries(moved), ...updateRunningStatistics(tensors, statistics) },
      };
    },
  });
}

/**
 * The gradient alone. Weights are inputs, as state is: with other kernels some of the batch's million relus near zero would
 * go the other way, which moves the gradient by 1e-3 and says nothing of the step.
 */
function gradientProgram(model: Classifier, batch: number): Program {
  return compile({
    name: `bench/training-gradient/${model.name}-${model.classes}/${batch}`,
    inputs: { ...signature(model, batch), ...shapes(model) },
    fn: (tensors) => {
      const pass = lossAndGradient(model, tensors, weight(tensors, 'x'), weight(tensors, 'label'), 'train');
      return { outputs: { ...pass.gradient } };
    },
  });
}

async function measure(model: Classifier, batch: number, options: BenchOptions): Promise<BenchCase> {
  const { executor, threads } = options;
  const engine = { ...(executor !== undefined && { executor }), ...(threads !== undefined && { threads }) };
  const weights = Object.fromEntries(
    [...model.initialise(seeded('bench', 'model'))].map(([name, { data }]) => [name, data]),
  );
  const label = Float32Array.from({ length: batch * CLASSES }, (_, i) => ((i >> 1) % CLASSES === i % CLASSES ? 1 : 0));
  const inputs = (index: number) => ({
    x: seeded('bench', 'batch', index)
      .normals(batch * sizeOf(model.inputShape))
      .map(Math.tanh),
    label,
  });
  const start = performance.now();
  const program = stepProgram(model, batch);
  const compiled = performance.now();
  const session = await openSession(program, { state: weights, ...engine });
  const opened = performance.now();
  await session.run(inputs(0));
  const next = await session.readState();
  const timing = await time(inputs, (batchInputs) => session.run(batchInputs), options);
  await session.release();

  const separate = await openSession(gradientProgram(model, batch), engine);
  const gradient = await separate.run({ ...inputs(0), ...weights });
  await separate.release();
  const names = Object.keys(gradient);
  const changes = names.map((name) => differences(next[name], weights[name]));
  const expected = names.map((name) => (gradient[name] as Float32Array).map((g) => -LEARNING_RATE * g));
  return {
    name: `training/${model.name}/32/batch${batch}`,
    ...timing,
    rel_error: relativeError(joined(changes), joined(expected)),
    engine: session.executor,
    threads: threads ?? environment().machine.cores,
    compile_ms: rounded(compiled - start),
    open_ms: rounded(opened - compiled),
    ...environment(),
  };
}

const differences = (after: Float32Array | undefined, before: Float32Array | undefined): Float32Array =>
  (after as Float32Array).map((value, i) => value - ((before as Float32Array)[i] as number));

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
