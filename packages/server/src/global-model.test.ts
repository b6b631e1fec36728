import { classifier } from '@leakscope/models';
import { resolveExperiment } from '@leakscope/shared/config';
import { seeded } from '@leakscope/shared/random';
import { digestTensors, type NamedTensors } from '@leakscope/shared/tensors';
import { expect, test } from 'vitest';
import { GlobalModel } from './global-model.ts';
import type { OptimiserState } from './optimisers/server-optimiser.ts';

const model = classifier('lenet', { classes: 2, resolution: 8 });
const fresh = () => new GlobalModel(model, model.initialise(seeded(1)));
const { training } = resolveExperiment({});
const update: NamedTensors = new Map(
  model.parameters.map(({ name, shape }) => {
    const random = seeded(2, name);
    return [name, { shape, data: random.normals(shape.reduce((a, b) => a * b, 1)) }];
  }),
);
const entry = (global: GlobalModel) => global.weights.get('fc.0.bias')?.data[1] ?? Number.NaN;
const change = update.get('fc.0.bias')?.data[1] ?? Number.NaN;

test('FedSGD goes against the gradient at both learning rates', () => {
  const global = fresh();
  const before = entry(global);
  expect(global.step(update, { ...training, learningRate: 0.5, serverLearningRate: 0.1 })).toBe(true);
  expect(entry(global)).toBeCloseTo(before - 0.1 * 0.5 * change, 6);
});

test('FedAvg goes along the change at the server’s rate alone', () => {
  const global = fresh();
  const before = entry(global);
  global.step(update, { ...training, algorithm: 'fedavg', learningRate: 0.5, serverLearningRate: 1 });
  expect(entry(global)).toBeCloseTo(before + change, 6);
});

test('a server learning rate of 0 keeps the weights and what was encoded', () => {
  const global = fresh();
  const digest = digestTensors(global.weights);
  const encoded = global.encoded('fp32');
  expect(global.step(update, { ...training, serverLearningRate: 0 })).toBe(false);
  expect(digestTensors(global.weights)).toBe(digest);
  expect(global.encoded('fp32')).toBe(encoded);
});

test('weights are encoded anew after a step', () => {
  const global = fresh();
  const { digest } = global.encoded('fp32');
  global.step(update, training);
  expect(global.encoded('fp32').digest).not.toBe(digest);
});

test('running statistics move by the mean change', () => {
  const resnet = classifier('resnet18-cifar', { classes: 2, resolution: 8 });
  const global = new GlobalModel(resnet, resnet.initialise(seeded(1)));
  const moved: NamedTensors = new Map(
    [...resnet.parameters, ...resnet.buffers].map(({ name, shape }) => [
      name,
      { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.25) },
    ]),
  );
  global.step(moved, { ...training, algorithm: 'fedavg', serverLearningRate: 1 });
  expect(global.weights.get('bn1.running_mean')?.data[3]).toBe(0.25);
  expect(global.weights.get('bn1.running_var')?.data[3]).toBe(1.25);
});

test('goes on with the optimiser of a checkpoint', () => {
  const adam = { ...training, algorithm: 'fedavg' as const, serverOptimizer: { name: 'adam', params: {} } };
  const whole = fresh();
  whole.step(update, adam);
  const resumed = new GlobalModel(
    model,
    new Map([...whole.weights].map(([k, t]) => [k, { ...t, data: t.data.slice() }])),
  );
  resumed.restoreOptimiser(whole.optimiser as OptimiserState);
  whole.step(update, adam);
  resumed.step(update, adam);
  expect(digestTensors(resumed.weights)).toBe(digestTensors(whole.weights));
});

test('an optimiser with other parameters begins anew', () => {
  const adam = (beta1: number) => ({
    ...training,
    algorithm: 'fedavg' as const,
    serverOptimizer: { name: 'adam', params: { beta1 } },
  });
  const global = fresh();
  expect(global.optimiser).toBeUndefined();
  global.step(update, adam(0.9));
  const first = global.optimiser?.tensors.get('m/fc.0.bias')?.data[1] ?? Number.NaN;
  global.step(update, adam(0.9));
  expect(global.optimiser?.tensors.get('m/fc.0.bias')?.data[1]).toBeCloseTo(1.9 * first, 6);
  global.step(update, adam(0.5));
  expect(global.optimiser?.tensors.get('m/fc.0.bias')?.data[1]).toBeCloseTo(5 * first, 6);
});
