/** `bench training`: a client's local step, SGD on a batch with train-mode batch norm, weights kept in the session. */
import { localStepProgram } from '@leakscope/client';
import { compile, openSession, type Program } from '@leakscope/engine';
import {
  type Classifier,
  classifier,
  liveModel,
  lossAndGradient,
  updateRunningStatistics,
  weight,
} from '@leakscope/models';
import { seeded } from '@leakscope/shared/random';
import { type NamedTensors, sizeOf, tensor, valuesByName } from '@leakscope/shared/tensors';
import { type BenchCase, type BenchOptions, conditions, engineOf, type Planned, relativeError, time } from './case.ts';
import { ARCHITECTURES } from './victim.ts';

const BATCHES = [32, 64];
const CLASSES = 2;
/** Large enough that a step's change stands out of the rounding of the weights. */
const LEARNING_RATE = 0.1;

/**
 * Both stems at two batch sizes. The error is the largest of three after one step, against a separately compiled pass whose update is done
 * here: of the loss, of the change of all parameters together, and of the change of all running statistics together.
 */
export const trainingCases = (): Planned[] =>
  ARCHITECTURES.flatMap((arch) =>
    BATCHES.map((batch) => {
      const name = `training/${arch}/32/batch${batch}`;
      const model = () => classifier(arch, { classes: CLASSES, resolution: 32 });
      return { name, measure: (options) => measure(name, model(), batch, options) };
    }),
  );

const signature = (model: Classifier, batch: number) => ({
  x: [batch, ...model.inputShape],
  label: [batch, model.classes],
});

const shapes = (model: Classifier): Record<string, readonly number[]> =>
  Object.fromEntries([...model.parameters, ...model.buffers].map(({ name, shape }) => [name, shape]));

/** The program that clients run, on the weights that images meet: SGD without further terms. */
const stepProgram = (model: Classifier, batchSize: number): Program =>
  localStepProgram({ model, batchSize, batchNorm: 'train', momentum: false, weightDecay: false, proximal: false });

/**
 * Loss, gradient and next buffers alone. Weights are inputs, as state is: with other kernels some of the batch's million relus
 * near zero would go the other way, which moves the gradient by 1e-3 and says nothing of the step.
 */
function passProgram(model: Classifier, batch: number): Program {
  return compile({
    name: `bench/training-pass/${model.name}-${model.classes}/${batch}`,
    inputs: { ...signature(model, batch), ...shapes(model) },
    fn: (tensors) => {
      const { loss, gradient, statistics } = lossAndGradient(
        model,
        tensors,
        weight(tensors, 'x'),
        weight(tensors, 'label'),
        'train',
      );
      return { outputs: { loss, ...gradient, ...updateRunningStatistics(tensors, statistics) } };
    },
  });
}

async function measure(name: string, model: Classifier, batch: number, options: BenchOptions): Promise<BenchCase> {
  const engine = engineOf(options);
  const initial = model.initialise(seeded('bench', 'model'));
  const weights = valuesByName(initial);
  const live = liveModel(model);
  const label = Float32Array.from({ length: batch * CLASSES }, (_, i) => ((i >> 1) % CLASSES === i % CLASSES ? 1 : 0));
  const inputs = (index: number) => ({
    x: seeded('bench', 'batch', index)
      .normals(batch * sizeOf(model.inputShape))
      .map(Math.tanh),
    label,
  });
  const start = performance.now();
  const program = stepProgram(live.model, batch);
  const compiled = performance.now();
  const state = Object.fromEntries([...live.take(initial)].map(([of, { data }]) => [`w/${of}`, data]));
  const session = await openSession(program, { state, ...engine });
  const opened = performance.now();
  const step = (index: number) => {
    const { label: labels, ...rest } = inputs(index);
    return { ...rest, labels, rate: Float32Array.of(LEARNING_RATE) };
  };
  const { loss } = await session.run(step(0));
  const after = await session.readState();
  const moved: NamedTensors = new Map(
    [...live.model.parameters, ...live.model.buffers].map(({ name: of, shape }) => [
      of,
      tensor(shape, valuesOf(after, `w/${of}`)),
    ]),
  );
  const next = { ...valuesByName(live.restore(moved, initial)), loss };
  const timing = await time({ name, prepare: step, call: (fed) => session.run(fed) }, options);
  await session.release();

  // On the same executor: on another, a pre-activation that rounds to the other side of 0 is a difference of thousandths.
  const separate = await openSession(passProgram(model, batch), { ...engine, executor: session.executor });
  const pass = await separate.run({ ...inputs(0), ...weights });
  await separate.release();
  const stepped = model.parameters.map(({ name }) => [name, descended(valuesOf(weights, name), valuesOf(pass, name))]);
  const want = { ...pass, ...Object.fromEntries(stepped) };
  return {
    name,
    ...timing,
    items: batch,
    rel_error: stepError(model, weights, next, want),
    ...conditions(session, options, [start, compiled, opened]),
  };
}

type Values = Readonly<Record<string, Float32Array | undefined>>;

/** The values of `name`. A program that lacks one has not been checked, which its reader must not take for agreement. */
function valuesOf(values: Values, name: string): Float32Array {
  const found = values[name];
  if (found === undefined) throw new TypeError(`no values of ${name}`);
  return found;
}

/** w - rate g, rounded once. */
const descended = (w: Float32Array, g: Float32Array): Float32Array =>
  w.map((value, i) => value - LEARNING_RATE * (g[i] as number));

/**
 * The largest relative error of one training step: of its loss, of the change of all parameters and of the change of all
 * buffers. Changes, because a step is small beside the weights: an error in it would hardly show in new weights.
 */
export function stepError(
  model: Pick<Classifier, 'parameters' | 'buffers'>,
  before: Values,
  got: Values,
  want: Values,
): number {
  const change = (after: Values, specs: Classifier['parameters']): number[] =>
    specs.flatMap(({ name }) => {
      const old = valuesOf(before, name);
      return Array.from(valuesOf(after, name), (value, i) => value - (old[i] as number));
    });
  return Math.max(
    relativeError(valuesOf(got, 'loss'), valuesOf(want, 'loss')),
    ...[model.parameters, model.buffers].map((specs) => relativeError(change(got, specs), change(want, specs))),
  );
}
