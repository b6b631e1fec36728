import { resizeBilinear } from '@leakscope/engine/ops';
import type * as tf from '@leakscope/engine/tf';
import { compareFaces } from '@leakscope/evaluator/metrics';
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
      const measured = compareFaces({ image: a }, { image: other }, { size: SIZE });
      for (const name of ['mse11', 'psnr11', 'mse01', 'psnr01', 'ssim'] as const) {
        const metric = `${pair}_${name}` as MetricName;
        assertParity(metric, compareValue(measured[name] as number, fixture.metrics[metric]));
      }
    }
  });
});
