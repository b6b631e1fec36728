import type { ExecutorName } from '@leakscope/engine';
import type * as tf from '@leakscope/engine/tf';
import { lossAndGradient, updateRunningStatistics } from '@leakscope/models';
import type { NamedTensors, Tensor } from '@leakscope/shared/tensors';
import { beforeAll, expect, test } from 'vitest';
import { describeHeavy, prefixed, run, under } from './executors.ts';
import { fixture } from './fixture.ts';
import { oneHotOf, type Stem, stem, tensorOf } from './networks.ts';
import { gradientOf, withPrefix } from './observed.ts';
import { assertParity, compareTensor, compareValue, kinkChange, normOf } from './tolerance.ts';

const MINUTES = 60_000;

interface Step {
  readonly loss: number;
  readonly logits: Float32Array;
  readonly gradient: NamedTensors;
  readonly runningMean: Float32Array;
  readonly runningVariance: Float32Array;
}

function batchOf(ks: readonly number[]): Tensor {
  const images = ks.map((k) => tensorOf(k, [3, 32, 32], { kind: 'img' }).data);
  return { shape: [ks.length, 3, 32, 32], data: Float32Array.from(images.flatMap((image) => [...image])) };
}

/** One training step's forward and backward pass, with the batch's own statistics in every batch norm. */
async function trainingStep(
  executor: ExecutorName,
  { model, weights }: Stem,
  images: Tensor,
  oneHot: Tensor,
): Promise<Step> {
  const outputs = await run(executor, 'train', { ...prefixed('theta/', weights), images, oneHot }, (values) => {
    const theta = under('theta/', values);
    const pass = lossAndGradient(model, theta, values.images as tf.Tensor, values.oneHot as tf.Tensor, 'train');
    const { loss, logits, gradient, statistics } = pass;
    const buffers = updateRunningStatistics(theta, statistics);
    return { loss, logits, ...withPrefix('y/', gradient), ...withPrefix('buffer/', buffers) };
  });
  const output = (name: string): Float32Array => outputs[name] ?? new Float32Array();
  return {
    loss: output('loss')[0] ?? Number.NaN,
    logits: output('logits'),
    gradient: gradientOf(model, outputs),
    runningMean: output('buffer/bn1.running_mean'),
    runningVariance: output('buffer/bn1.running_var'),
  };
}

function suite(section: 'train' | 'train_stable', executor: ExecutorName): void {
  const expected = fixture.cifar[section];
  const network = stem('cifar');
  let step: Step;
  beforeAll(async () => {
    const oneHot = oneHotOf(expected.labels, network.section.classes);
    step = await trainingStep(executor, network, batchOf(expected.input_k), oneHot);
  }, 15 * MINUTES);

  test('loss and logits', () => {
    assertParity('loss', compareValue(step.loss, expected.loss));
    assertParity('logits', compareTensor(step.logits, expected.logits));
  });

  test('running statistics after the step', () => {
    assertParity('bn1.running_mean', compareTensor(step.runningMean, expected.bn1_running_mean));
    assertParity('bn1.running_var', compareTensor(step.runningVariance, expected.bn1_running_var));
  });

  test('gradient: norm over all tensors', () => {
    const norm = Math.hypot(...[...step.gradient.values()].map(({ data }) => normOf(data)));
    assertParity('gradient', compareValue(norm, { ...expected, value: expected.global_norm }));
  });

  test.each(expected.tensors.map((row) => [row.name, row] as const))('gradient in %s', (name, row) => {
    const { data } = step.gradient.get(name) as Tensor;
    assertParity(name, compareTensor(data, row, kinkChange(expected.rel_if_kinks_flip, expected.global_norm)));
  });

  test('every parameter is compared', () => {
    expect(expected.tensors.map(({ name }) => name)).toEqual([...step.gradient.keys()]);
  });
}

// In `train` PyTorch's own runs disagree on a ReLU; `train_stable` is a batch on which they agree.
describeHeavy('train', (executor) => suite('train', executor));
describeHeavy('train_stable', (executor) => suite('train_stable', executor));
