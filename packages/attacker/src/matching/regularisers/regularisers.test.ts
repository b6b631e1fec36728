/** Penalties of images and of batch norms, by what they are worth on tensors that a reader can check. */
import * as tf from '@leakscope/engine/tf';
import { seeded } from '@leakscope/shared/random';
import { expect, test } from 'vitest';
import { imageNorm } from './image-norm.ts';
import { normStatistics } from './norm-statistics.ts';
import type { NormInput, Regulariser } from './regulariser.ts';
import { tv } from './tv.ts';

const ofImages = ({ penalty }: Regulariser, images: tf.Tensor): number[] => {
  if (penalty?.of !== 'images') throw new TypeError('not of images');
  return [...penalty.value(images, {}).dataSync()];
};
const ofNorms = ({ penalty }: Regulariser, norms: readonly NormInput[]): number[] => {
  if (penalty?.of !== 'norm-inputs') throw new TypeError('not of norms');
  return [...penalty.value(norms, {}).dataSync()];
};

test('total variation: a ramp rises by its slope, an even image is worth nothing', () => {
  const ramp = Array.from({ length: 16 }, (_, i) => 0.25 * (i % 4));
  const [own, flat] = ofImages(tv, tf.tensor([...ramp, ...new Array<number>(16).fill(0.7)], [2, 1, 4, 4]));
  expect(own).toBeCloseTo(0.25, 6);
  expect(flat).toBe(0);
});

test('image norm: the mean square', () => {
  expect(ofImages(imageNorm, tf.tensor([1, -1, 0, 2], [1, 1, 2, 2]))[0]).toBeCloseTo(1.5, 6);
});

test('norm statistics: nothing for what has the running statistics, and distances of mean and variance else', () => {
  const values = seeded('statistics').normals(2 * 50);
  const rows = [values.slice(0, 50), values.slice(50)].map((row) => [...row]);
  const mean = rows.map((row) => row.reduce((a, b) => a + b, 0) / 50);
  const variance = rows.map((row, c) => row.reduce((sum, x) => sum + (x - (mean[c] as number)) ** 2, 0) / 50);
  const input = tf.tensor(rows.flat(), [1, 2, 50]);
  const norm = (shift: number): NormInput => ({
    input,
    mean: tf.tensor(mean.map((m) => m + shift)),
    variance: tf.tensor(variance),
  });
  expect(ofNorms(normStatistics, [norm(0)])[0]).toBeLessThan(1e-5);
  // Of one norm nothing, of the other a shift of 3 in each of two channels.
  expect(ofNorms(normStatistics, [norm(0), norm(3)])[0]).toBeCloseTo(3 * Math.SQRT2, 4);
  const wide = { ...norm(0), variance: tf.tensor(variance.map((v) => v + 1)) };
  expect(ofNorms(normStatistics, [wide])[0]).toBeCloseTo(Math.SQRT2, 4);
});
