/** What is read off fully connected layers: the image itself, or features that lead to one. */

import { parseDefense } from '@leakscope/defenses';
import * as tf from '@leakscope/engine/tf';
import { type Classifier, defineClassifier } from '@leakscope/models';
import { seeded } from '@leakscope/shared/random';
import type { NamedTensors } from '@leakscope/shared/tensors';
import { tensor } from '@leakscope/shared/tensors';
import { beforeAll, describe, expect, test } from 'vitest';
import { attackUpdate } from '../../attack-update.ts';
import { computeGradient } from '../../matching/client-gradient.ts';
import { GENERATOR, type Victim, victimOf } from '../../module/conformance/victim.ts';
import { parseAttack } from '../../registry.ts';

const PIXELS = 3 * 8 * 8;
const HIDDEN = 20;
const [FIRST, LAST] = ['first', 'last'] as const;

/** Two fully connected layers. */
const mlp: Classifier = {
  name: 'mlp',
  classes: 3,
  ...defineClassifier({
    name: 'mlp',
    summary: 'two fully connected layers',
    defaults: { classes: 3, resolution: 8 },
    build: ({ classes, resolution }) => {
      const features: Classifier['features'] = (layers, x) =>
        tf.relu(layers.linear(FIRST, tf.reshape(x, [-1, PIXELS])));
      const spec = (layer: string, outputs: number, inputs: number) => [
        { name: `${layer}.weight`, shape: [outputs, inputs], role: 'linear-weight' as const },
        { name: `${layer}.bias`, shape: [outputs], role: 'bias' as const },
      ];
      const parameters = [...spec(FIRST, HIDDEN, PIXELS), ...spec(LAST, classes, HIDDEN)];
      return {
        inputShape: [3, resolution, resolution],
        featureCount: HIDDEN,
        head: LAST,
        parameters,
        buffers: [],
        features,
        forward(layers, x) {
          const flat = features(layers, x);
          return { features: flat, logits: layers.linear(LAST, flat) };
        },
        initialise: (random) =>
          new Map(
            parameters.map(({ name, shape }) => {
              const size = shape.reduce((product, n) => product * n, 1);
              return [
                name,
                tensor(
                  shape,
                  random.normals(size).map((value) => value / 8),
                ),
              ];
            }),
          ),
      };
    },
  }).build({ classes: 3, resolution: 8 }),
};

const meanSquare = (a: Float32Array, b: Float32Array | undefined): number =>
  a.reduce((sum, value, i) => sum + (value - (b?.[i] ?? 0)) ** 2 / a.length, 0);

describe('a model that begins with a fully connected layer', () => {
  const weights = mlp.initialise(seeded('mlp'));
  const image = seeded('image')
    .normals(PIXELS)
    .map((value) => Math.max(-1, Math.min(1, value / 2)));
  let update: NamedTensors;
  beforeAll(async () => {
    update = (await computeGradient({ model: mlp, weights, images: [image], labels: [1] })).gradient;
  });
  const found = async (y: NamedTensors) =>
    attackUpdate({ attack: await parseAttack('analytic'), update: { update: y, weights, model: mlp } });

  test('gives its image to the last digit of float32, also when it was clipped', async () => {
    const { images, labels } = await found(update);
    expect(labels).toEqual([1]);
    expect(meanSquare(image, images[0])).toBeLessThan(1e-10);
    const clip = await parseDefense('clip:bound=0.1');
    const clipped = await clip.apply(update, { random: (...path) => seeded('client', ...path) });
    expect(meanSquare(image, (await found(clipped)).images[0])).toBeLessThan(1e-10);
  });

  test('gives less the more noise there is', async () => {
    const noisy = async (sigma: number) => {
      const noise = await parseDefense(`noise:sigma=${sigma}`);
      return found(await noise.apply(update, { random: (...path) => seeded('client', ...path) }));
    };
    const errors = await Promise.all(
      [0.001, 0.01, 0.1].map(async (sigma) => meanSquare(image, (await noisy(sigma)).images[0])),
    );
    expect(errors[0]).toBeLessThan(errors[1] as number);
    expect(errors[1]).toBeLessThan(errors[2] as number);
  });
});

describe('a model of which only the head is fully connected', () => {
  let victim: Victim;
  let image: Float32Array;
  beforeAll(async () => {
    victim = await victimOf(1);
    [image] = victim.images as [Float32Array];
  });

  test('gives an image of the generator with the same features, nearer than the prior', async () => {
    const through = `generator=${GENERATOR}`;
    const found = await attackUpdate({
      attack: await parseAttack(`analytic:${through},restarts=4`),
      update: victim.update,
    });
    const prior = await attackUpdate({ attack: await parseAttack(`prior-only:${through}`), update: victim.update });
    expect(found.loss).toBeLessThan(0.3 * (found.losses[0]?.value ?? 0));
    expect(meanSquare(image, found.images[0])).toBeLessThan(0.1 * meanSquare(image, prior.images[0]));
  });

  test('is refused without a generator, and for more than one example', async () => {
    const attempt = async (spec: string, batchSize: number) =>
      attackUpdate({ attack: await parseAttack(spec), update: { ...victim.update, batchSize } });
    await expect(attempt('analytic', 1)).rejects.toMatchObject({ code: 'ATTACK_REFUSED' });
    await expect(attempt(`analytic:generator=${GENERATOR}`, 2)).rejects.toMatchObject({
      code: 'ATTACK_REFUSED',
    });
  });
});
