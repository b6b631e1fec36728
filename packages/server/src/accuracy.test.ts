import { openDataset } from '@leakscope/data';
import { classifier } from '@leakscope/models';
import { seeded } from '@leakscope/shared/random';
import { type NamedTensors, tensor } from '@leakscope/shared/tensors';
import { expect, test } from 'vitest';
import { openAccuracy } from './accuracy.ts';

const model = classifier('lenet', { classes: 2, resolution: 16 });
const options = { model, seed: 3, executor: 'onnx' as const, threads: 1 };
const openFaces = (evaluation: number) =>
  openDataset({ source: 'synthetic-faces', resolution: 16, sizes: { public: 1, clients: 1, evaluation } });

/** A model that says `label` to everything. */
function constant(label: number): NamedTensors {
  const weights = model.initialise(seeded(1));
  weights.set('fc.0.weight', tensor([2, model.featureCount]));
  weights.set('fc.0.bias', tensor([2], new Float32Array(label === 0 ? [1, 0] : [0, 1])));
  return weights;
}

test('counts every test example once, also those of a batch that is not full', async () => {
  const dataset = await openFaces(63);
  const shares = dataset.partition('evaluation').filter((index) => dataset.label(index) === 1).length / 63;
  const accuracy = await openAccuracy({ ...options, dataset, examples: 1_000 });
  expect(await accuracy.measure(constant(1))).toBeCloseTo(shares, 10);
  expect(await accuracy.measure(constant(0))).toBeCloseTo(1 - shares, 10);
  // Weights that did not move are not measured again.
  expect(await accuracy.measure(constant(1), false)).toBeCloseTo(1 - shares, 10);
  await accuracy.release();
});

test('measures nothing without examples', async () => {
  const accuracy = await openAccuracy({ ...options, dataset: await openFaces(5), examples: 0 });
  expect(await accuracy.measure(constant(1))).toBeUndefined();
});
