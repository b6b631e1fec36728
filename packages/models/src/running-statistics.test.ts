import * as tf from '@leakscope/engine/tf';
import { expect, test } from 'vitest';
import { trainLayers } from './layers.ts';
import { updateRunningStatistics } from './running-statistics.ts';

test('running statistics move as in PyTorch: a tenth of the batch mean and of the unbiased variance', () => {
  tf.tidy(() => {
    const weights = {
      'bn.weight': tf.tensor([1, 1]),
      'bn.bias': tf.tensor([0, 0]),
      'bn.running_mean': tf.tensor([1, 0]),
      'bn.running_var': tf.tensor([1, 2]),
    };
    const layers = trainLayers(weights);
    // Channel 0 holds 1, 2, 3, 6 (mean 3, unbiased variance 14/3); channel 1 holds 0, 0, 4, 4 (mean 2, variance 16/3).
    layers.batchNorm('bn', tf.tensor([1, 2, 0, 0, 3, 6, 4, 4], [2, 2, 1, 2]));
    const next = updateRunningStatistics(weights, layers.statistics());
    const values = (name: string): number[] => [...(next[name] as tf.Tensor).dataSync()];
    expect(Object.keys(next)).toEqual(['bn.running_mean', 'bn.running_var']);
    expect(values('bn.running_mean')[0]).toBeCloseTo(0.9 + 0.3, 6);
    expect(values('bn.running_mean')[1]).toBeCloseTo(0.2, 6);
    expect(values('bn.running_var')[0]).toBeCloseTo(0.9 + 0.1 * (14 / 3), 6);
    expect(values('bn.running_var')[1]).toBeCloseTo(1.8 + 0.1 * (16 / 3), 6);
  });
});

test('a missing buffer is a coded error that names it', () => {
  tf.tidy(() => {
    const statistics = { bn: { mean: tf.tensor([0]), variance: tf.tensor([1]), count: 4 } };
    expect(() => updateRunningStatistics({}, statistics)).toThrow(
      expect.objectContaining({ code: 'TENSORS_MISSING', message: expect.stringContaining('bn.running_mean') }),
    );
  });
});
