/** Sensitivities against finite differences, on a network smooth enough for them. */
import { compile, openSession } from '@leakscope/engine';
import type * as tf from '@leakscope/engine/tf';
import { classifier, evalLayers } from '@leakscope/models';
import { seeded } from '@leakscope/shared/random';
import { describe, expect, test } from 'vitest';
import { featureSensitivity } from './sensitivity.ts';

const model = classifier('lenet', { resolution: 8, classes: 2 });
const weights = model.initialise(seeded('sensitivity'));
const images = [1, 2].map((i) =>
  seeded('image', i)
    .normals(3 * 8 * 8)
    .map(Math.tanh),
);
const bound = Object.fromEntries([...weights].map(([name, { data }]) => [name, data]));

const forward = compile({
  name: 'sensitivity-test/features',
  inputs: { x: [1, ...model.inputShape] },
  bound: Object.fromEntries([...weights].map(([name, { shape }]) => [name, shape])),
  fn: (tensors) => ({ outputs: { r: model.features(evalLayers(tensors), tensors.x as tf.Tensor) } }),
});

describe('featureSensitivity', () => {
  test('is the norm of each feature in the input, averaged over the batch', async () => {
    const session = await openSession(forward, { bound });
    const features = async (x: Float32Array) => ((await session.run({ x })) as { r: Float32Array }).r;
    const step = 1e-2;
    const expected = new Float64Array(model.featureCount);
    const values = new Float64Array(model.featureCount);
    for (const image of images) {
      const squares = new Float64Array(model.featureCount);
      (await features(image)).forEach((r, i) => {
        values[i] = (values[i] as number) + Math.abs(r) / images.length;
      });
      for (let pixel = 0; pixel < image.length; pixel++) {
        const at = (offset: number) => features(image.map((value, i) => (i === pixel ? value + offset : value)));
        const [up, down] = [await at(step), await at(-step)];
        for (let i = 0; i < squares.length; i++) {
          squares[i] = (squares[i] as number) + (((up[i] as number) - (down[i] as number)) / (2 * step)) ** 2;
        }
      }
      squares.forEach((square, i) => {
        expected[i] = (expected[i] as number) + Math.sqrt(square) / images.length;
      });
    }
    await session.release();

    const measured = await featureSensitivity({ model, weights, images });
    for (let i = 0; i < model.featureCount; i++) {
      expect(measured.features[i]).toBeCloseTo(values[i] as number, 5);
      expect(Math.abs((measured.sensitivity[i] as number) / (expected[i] as number) - 1)).toBeLessThan(0.01);
    }
  });
});
