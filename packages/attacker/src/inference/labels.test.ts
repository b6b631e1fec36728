import { classifier } from '@leakscope/models';
import { seeded } from '@leakscope/shared/random';
import { type NamedTensors, tensor } from '@leakscope/shared/tensors';
import { describe, expect, test } from 'vitest';
import { inferLabels, roundToSum } from './labels.ts';

const CLASSES = 10;
const model = classifier('lenet', { classes: CLASSES, resolution: 8 });
const random = seeded('labels');
const weights: NamedTensors = new Map([
  [
    'fc.0.weight',
    tensor(
      [CLASSES, model.featureCount],
      random.normals(CLASSES * model.featureCount).map((w) => w / 20),
    ),
  ],
  [
    'fc.0.bias',
    tensor(
      [CLASSES],
      random.normals(CLASSES).map((b) => b / 10),
    ),
  ],
]);

/** The head's gradient for a batch of examples with random non-negative features. */
function gradient(labels: number[], sigma = 0): NamedTensors {
  const count = model.featureCount;
  const weight = new Float32Array(CLASSES * count);
  const bias = new Float32Array(CLASSES);
  const matrix = weights.get('fc.0.weight')?.data ?? new Float32Array();
  const offset = weights.get('fc.0.bias')?.data ?? new Float32Array();
  for (const label of labels) {
    const features = random.normals(count).map(Math.abs);
    const exps = [...offset].map((b, c) =>
      Math.exp(features.reduce((sum, r, i) => sum + r * (matrix[c * count + i] ?? 0), b)),
    );
    const total = exps.reduce((a, b) => a + b, 0);
    for (let c = 0; c < CLASSES; c++) {
      const slope = ((exps[c] ?? 0) / total - (c === label ? 1 : 0)) / labels.length;
      bias[c] = (bias[c] ?? 0) + slope;
      features.forEach((r, i) => {
        weight[c * count + i] = (weight[c * count + i] ?? 0) + slope * r;
      });
    }
  }
  const noisy = (data: Float32Array) => data.map((value) => value + sigma * random.normal());
  return new Map([
    ['fc.0.weight', tensor([CLASSES, count], noisy(weight))],
    ['fc.0.bias', tensor([CLASSES], noisy(bias))],
  ]);
}

const infer = (labels: number[], sigma = 0) =>
  inferLabels({ model, weights, gradient: gradient(labels, sigma), batchSize: labels.length, sigma });

describe('inferLabels', () => {
  test('reads every label of a single example', () => {
    for (let label = 0; label < CLASSES; label++) {
      expect(infer([label])).toEqual({ values: [label], source: 'inferred', confidence: 1 });
    }
  });

  test('is as confident under noise as it is right', () => {
    const trials = 300;
    for (const sigma of [0.1, 1, 4]) {
      let right = 0;
      let confidence = 0;
      for (let i = 0; i < trials; i++) {
        const inferred = infer([i % CLASSES], sigma);
        right += inferred.values[0] === i % CLASSES ? 1 / trials : 0;
        confidence += inferred.confidence / trials;
      }
      // The confidence looks at the runner-up alone, so with ten classes it is optimistic once noise wins.
      if (sigma < 1) expect(right).toBeGreaterThan(0.95);
      if (sigma > 1) expect(confidence).toBeLessThan(0.95);
      expect(confidence).toBeGreaterThan(right - 0.1);
    }
  });

  test('knows nothing of an empty gradient', () => {
    const zeros: NamedTensors = new Map([...gradient([0])].map(([name, { shape }]) => [name, tensor(shape)]));
    expect(inferLabels({ model, weights, gradient: zeros, batchSize: 1, sigma: 0 }).confidence).toBe(1 / CLASSES);
  });

  test.each([[[0, 1, 2, 3]], [[5, 5, 5, 1]], [[9, 9, 0, 0, 4, 4, 4, 7]]])(
    'counts the labels of the batch %j',
    (labels) => {
      const { values, confidence } = infer(labels);
      expect(values).toEqual([...labels].sort((a, b) => a - b));
      expect(confidence).toBeGreaterThan(0);
    },
  );
});

describe('roundToSum', () => {
  test('gives the missing ones to the largest remainders', () => {
    expect([...roundToSum(Float64Array.of(1.6, 0.3, 2.1), 4)]).toEqual([2, 0, 2]);
    expect([...roundToSum(Float64Array.of(0.5, 0.5), 1)]).toEqual([1, 0]);
    expect([...roundToSum(Float64Array.of(0, 3), 3)]).toEqual([0, 3]);
  });
});
