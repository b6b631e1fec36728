import * as tf from '@leakscope/engine/tf';
import { seeded } from '@leakscope/shared/random';
import { describe, expect, test } from 'vitest';
import type { Generator } from './generator.ts';
import { GENERATORS, generator } from './generators.ts';
import { evalLayers, weightTensors } from './layers.ts';
import { between, rest, stagesOf } from './stages.ts';

describe.each(GENERATORS.names)('%s', (name) => {
  const whole = generator(name);

  test('cut before any stage, both parts together give the image that the whole gives', () => {
    tf.tidy(() => {
      const layers = evalLayers(weightTensors(whole.initialise(seeded(1))));
      const z = tf.tensor(seeded(2).normals(2 * whole.latent), [2, whole.latent]);
      const want = whole.forward(layers, z).dataSync();
      for (const at of stagesOf(whole).keys()) {
        const tail = rest(whole, at);
        const map = between(whole, 0, at)(layers, z);
        expect(map.shape).toEqual([2, tail.latent]);
        const got = tail.forward(layers, map).dataSync();
        got.forEach((value, i) => {
          expect(Math.abs(value - (want[i] as number))).toBeLessThan(1e-6);
        });
      }
    });
  });

  test('what lies between two cuts leads from one to the other', () => {
    tf.tidy(() => {
      const layers = evalLayers(weightTensors(whole.initialise(seeded(1))));
      const first = between(whole, 0, 1)(layers, tf.tensor(seeded(3).normals(whole.latent), [1, whole.latent]));
      const second = between(whole, 1, 2)(layers, first);
      const image = (at: number, map: tf.Tensor) => rest(whole, at).forward(layers, map).dataSync();
      const want = image(1, first);
      image(2, second).forEach((value, i) => {
        expect(Math.abs(value - (want[i] as number))).toBeLessThan(1e-6);
      });
    });
  });

  test('there is nothing behind the last stage', () => {
    expect(() => rest(whole, stagesOf(whole).length)).toThrow(RangeError);
  });
});

test('a generator that tells no stages is a single one', () => {
  const { stages: _, ...whole } = generator('ggl-wgan32');
  expect(stagesOf(whole as Generator).map(({ input }) => input)).toEqual([[128]]);
});
