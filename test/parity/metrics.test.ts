import { resizeBilinear } from '@leakscope/engine/ops';
import type * as tf from '@leakscope/engine/tf';
import { pixelErrors, ssim11, totalVariation } from '@leakscope/evaluator/metrics';
import { beforeAll, test } from 'vitest';
import { describeEach, run } from './executors.ts';
import { fixture, type MetricName } from './fixture.ts';
import { tensorOf } from './networks.ts';
import { assertParity, compareTensor, compareValue } from './tolerance.ts';

const SIZE = { channels: 3, height: 32, width: 32 };

describeEach('metrics of images resized', (executor) => {
  let a: Float32Array;
  let b: Float32Array;
  beforeAll(async () => {
    const [A, B] = fixture.metrics.seed_k.map((k) => tensorOf(k, [1, 3, 8, 8], { kind: 'img' }));
    if (A === undefined || B === undefined) throw new Error('the fixture has no seeds');
    const large = await run(executor, 'metrics/resize', { A, B }, (tensors) => ({
      A: resizeBilinear(tensors.A as tf.Tensor, [32, 32]),
      B: resizeBilinear(tensors.B as tf.Tensor, [32, 32]),
    }));
    a = large.A ?? new Float32Array();
    b = large.B ?? new Float32Array();
  });

  test('the images', () => {
    assertParity('A', compareTensor(a, fixture.metrics.A));
    assertParity('B', compareTensor(b, fixture.metrics.B));
  });

  test('errors and similarity of A and B, and of A and 0.75 A + 0.25 B', () => {
    const c = a.map((value, i) => 0.75 * value + 0.25 * (b[i] as number));
    for (const [pair, other] of [
      ['AB', b],
      ['AC', c],
    ] as const) {
      const got = { ...pixelErrors(a, other), ssim: ssim11(a, other, SIZE) };
      for (const [name, value] of Object.entries(got)) {
        const metric = `${pair}_${name}` as MetricName;
        assertParity(metric, compareValue(value, fixture.metrics[metric]));
      }
    }
  });

  test('total variation of A', () => {
    assertParity('mean', compareValue(totalVariation(a, SIZE, 'mean'), fixture.metrics.tv_mean_A));
    assertParity('sum', compareValue(totalVariation(a, SIZE, 'sum'), fixture.metrics.tv_sum_A));
  });
});
