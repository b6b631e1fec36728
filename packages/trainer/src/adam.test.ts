import * as tf from '@leakscope/engine/tf';
import { expect, test } from 'vitest';
import { adam, flatten, type Trainee, unflatten } from './adam.ts';

const fresh = (values: number[]): Trainee => ({
  weights: { w: tf.tensor1d(values) },
  first: { w: tf.zeros([values.length]) },
  second: { w: tf.zeros([values.length]) },
  powers: [tf.scalar(1), tf.scalar(1)],
});

/** The algorithm as the paper prints it, in float64. */
function reference(start: number, gradients: number[], rate: number, [b1, b2]: readonly [number, number]): number {
  let [w, m, v] = [start, 0, 0];
  for (const [i, g] of gradients.entries()) {
    m = b1 * m + (1 - b1) * g;
    v = b2 * v + (1 - b2) * g * g;
    w -= (rate * (m / (1 - b1 ** (i + 1)))) / (Math.sqrt(v / (1 - b2 ** (i + 1))) + 1e-8);
  }
  return w;
}

test('equals the published algorithm over several steps', () => {
  const gradients = [
    [0.3, -2],
    [0.1, 4],
    [-0.7, 0.001],
    [0, 1],
  ];
  const betas = [0.5, 0.99] as const;
  let trainee = fresh([1, -1]);
  for (const g of gradients) trainee = adam(trainee, { w: tf.tensor1d(g) }, { rate: tf.scalar(0.01), betas });
  const [a, b] = (trainee.weights.w as tf.Tensor).dataSync();
  expect(a).toBeCloseTo(
    reference(
      1,
      gradients.map(([g]) => g as number),
      0.01,
      betas,
    ),
    5,
  );
  expect(b).toBeCloseTo(
    reference(
      -1,
      gradients.map(([, g]) => g as number),
      0.01,
      betas,
    ),
    5,
  );
});

test('unflatten is the inverse of flatten, among the tensors of other networks', () => {
  const critic = fresh([3]);
  const generator = fresh([5]);
  const back = unflatten('critic', { ...flatten('generator', generator), ...flatten('critic', critic) });
  expect(back).toEqual(critic);
});
