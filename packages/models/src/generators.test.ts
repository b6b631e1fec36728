import * as tf from '@leakscope/engine/tf';
import { seeded } from '@leakscope/shared/random';
import { sizeOf } from '@leakscope/shared/tensors';
import { describe, expect, test } from 'vitest';
import { CRITIC_NAMES, critic } from './critics.ts';
import { GENERATORS, generator } from './generators.ts';
import { evalLayers, trainLayers, weightTensors } from './layers.ts';

function entries(specs: readonly { shape: readonly number[] }[]): number {
  return specs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

describe.each(GENERATORS.names)('generator %s', (arch) => {
  const model = generator(arch);
  const z = seeded(1, 'z').normals(2 * model.latent);

  test('draws images in (-1, 1), one for each latent on its own', () => {
    tf.tidy(() => {
      const layers = evalLayers(weightTensors(model.initialise(seeded(2))));
      const both = model.forward(layers, tf.tensor(z, [2, model.latent]));
      expect(both.shape).toEqual([2, ...model.outputShape]);
      const values = both.dataSync();
      expect(Math.max(...values.map(Math.abs))).toBeLessThan(1);
      const second = model.forward(layers, tf.tensor(z.slice(model.latent), [1, model.latent])).dataSync();
      second.forEach((value, i) => {
        expect(Math.abs(value - (values[second.length + i] as number))).toBeLessThan(1e-6);
      });
      expect(values.slice(0, second.length)).not.toEqual(second);
    });
  });

  test('train mode tells the statistics of every batch norm', () => {
    tf.tidy(() => {
      const layers = trainLayers(weightTensors(model.initialise(seeded(2))));
      model.forward(layers, tf.tensor(z, [2, model.latent]));
      const statistics = layers.statistics();
      expect(Object.keys(statistics).flatMap((name) => [`${name}.running_mean`, `${name}.running_var`])).toEqual(
        model.buffers.map(({ name }) => name),
      );
      for (const { name, shape } of model.buffers) {
        const found = statistics[name.replace(/\.running_\w+$/, '')];
        expect([found?.mean.shape, found?.variance.shape]).toEqual([shape, shape]);
      }
    });
  });
});

describe.each(CRITIC_NAMES)('critic %s', (arch) => {
  test('scores each image', () => {
    const model = critic(arch);
    tf.tidy(() => {
      const x = tf.tensor(seeded(3, 'x').normals(2 * 3 * 32 * 32), [2, 3, 32, 32]);
      const scores = model.forward(evalLayers(weightTensors(model.initialise(seeded(4)))), x);
      expect(scores.shape).toEqual([2]);
      const [a, b] = scores.dataSync();
      expect(Number.isFinite(a)).toBe(true);
      expect(a).not.toBe(b);
    });
  });
});

test('parameter counts are those of the PyTorch modules', () => {
  // Linear 128x8192+8192, BN 2x8192, ConvT 512x256x4+256, BN 512, ConvT 256x128x4+128, BN 256, ConvT 128x3x4+3.
  expect(entries(generator('ggl-wgan32').parameters)).toBe(1_056_768 + 16_384 + 524_544 + 512 + 131_200 + 256 + 1_539);
  expect(entries(critic('ggl-wgan32').parameters)).toBe(3_584 + 295_168 + 1_180_160 + 8_193);
  expect(generator('dcgan32').parameters.map(({ name }) => name)).toEqual([
    'main.0.weight',
    'main.1.weight',
    'main.1.bias',
    'main.3.weight',
    'main.4.weight',
    'main.4.bias',
    'main.6.weight',
    'main.7.weight',
    'main.7.bias',
    'main.9.weight',
  ]);
  expect(critic('dcgan32').parameters.map(({ name }) => name)).toEqual([
    'main.0.weight',
    'main.2.weight',
    'main.3.weight',
    'main.3.bias',
    'main.5.weight',
    'main.6.weight',
    'main.6.bias',
    'main.8.weight',
  ]);
});

test('unknown names are coded errors', () => {
  for (const build of [generator, critic]) {
    expect(() => build('stylegan')).toThrow(expect.objectContaining({ code: 'MODEL_UNKNOWN' }));
  }
});
