import * as tf from '@leakscope/engine/tf';
import { seeded } from '@leakscope/shared/random';
import { describe, expect, test } from 'vitest';
import { classifier } from './classifiers.ts';
import { weightTensors } from './layers.ts';
import { lossAndGradient } from './loss.ts';

// Sigmoids only, so that finite differences meet no kink.
const model = classifier('lenet', { classes: 3, resolution: 8 });
const weights = weightTensors(model.initialise(seeded(1)));
const x = tf.tensor(seeded(2).normals(2 * 3 * 8 * 8), [2, 3, 8, 8]);
const oneHot = tf.tensor([0, 1, 0, 0, 0, 1], [2, 3]);

function value(tensor: tf.Tensor): number {
  return tensor.dataSync()[0] as number;
}

/** Central difference of `f` along `direction`, and the inner product that it must equal. */
function slope(f: (x: tf.Tensor) => number, at: tf.Tensor, direction: tf.Tensor, step: number): number {
  const offset = tf.mul(direction, step);
  return (f(tf.add(at, offset)) - f(tf.sub(at, offset))) / (2 * step);
}

describe('lossAndGradient', () => {
  test('the loss is the mean cross entropy of the logits', () => {
    tf.tidy(() => {
      const { loss, logits } = lossAndGradient(model, weights, x, oneHot, 'eval');
      const rows = logits.arraySync() as number[][];
      const expected = rows.map((row, i) => {
        const logSum = Math.log(row.reduce((sum, logit) => sum + Math.exp(logit), 0));
        return logSum - (row[i === 0 ? 1 : 2] as number);
      });
      expect(value(loss)).toBeCloseTo(((expected[0] as number) + (expected[1] as number)) / 2, 5);
    });
  });

  test.each(model.parameters.map(({ name }) => name))('the gradient in %s agrees with finite differences', (name) => {
    tf.tidy(() => {
      const at = weights[name] as tf.Tensor;
      const direction = tf.tensor(seeded(3, name).normals(at.size), at.shape);
      const { gradient } = lossAndGradient(model, weights, x, oneHot, 'eval');
      expect(Object.keys(gradient)).toEqual(model.parameters.map((spec) => spec.name));
      const predicted = value(tf.sum(tf.mul(gradient[name] as tf.Tensor, direction)));
      const loss = (w: tf.Tensor): number =>
        value(lossAndGradient(model, { ...weights, [name]: w }, x, oneHot, 'eval').loss);
      expect(slope(loss, at, direction, 1e-2)).toBeCloseTo(predicted, 2);
      expect(Math.abs(predicted)).toBeGreaterThan(1e-3);
    });
  });

  test('it can be differentiated again: d ||g||² / dx agrees with finite differences', () => {
    tf.tidy(() => {
      const squaredNorm = (input: tf.Tensor): tf.Scalar => {
        const { gradient } = lossAndGradient(model, weights, input, oneHot, 'eval');
        return tf.addN(Object.values(gradient).map((g) => tf.sum(tf.square(g)))) as tf.Scalar;
      };
      const direction = tf.tensor(seeded(4).normals(x.size), x.shape);
      const predicted = value(tf.sum(tf.mul(tf.grad(squaredNorm)(x), direction)));
      const measured = slope((input) => value(squaredNorm(input)), x, direction, 1e-2);
      expect(Math.abs(measured / predicted - 1)).toBeLessThan(0.02);
    });
  });

  test('nothing is left behind but what it returns', () => {
    const resnet = classifier('resnet18-cifar', { resolution: 8 });
    const state = weightTensors(resnet.initialise(seeded(5)));
    const batch = tf.tensor(seeded(6).normals(2 * 3 * 8 * 8), [2, 3, 8, 8]);
    const labels = tf.tensor([1, 0, 0, 1], [2, 2]);
    const before = tf.memory().numTensors;
    const returned = tf.tidy(() => {
      const { loss, statistics } = lossAndGradient(resnet, state, batch, labels, 'train');
      expect(Object.keys(statistics)).toHaveLength(20);
      return loss;
    });
    expect(tf.memory().numTensors - before).toBe(1);
    returned.dispose();
  });
});
