import { generator } from '@leakscope/models';
import { seeded } from '@leakscope/shared/random';
import { expect, it } from 'vitest';
import { mse } from '../metrics/mse.ts';
import { invertImages, samplePrior } from './invert-images.ts';

const model = generator('ggl-wgan32');
const weights = model.initialise(seeded(3));

it('finds images that the generator made, far better than the prior does', async () => {
  const { images } = await samplePrior({ generator: model, weights, samples: 3, seed: 'victims' });
  const [target, other] = images as [Float32Array, Float32Array, Float32Array];
  const found = await invertImages({
    generator: model,
    weights,
    images: [target, other],
    steps: 60,
    restarts: 2,
    seed: 4,
  });
  const prior = await samplePrior({ generator: model, weights, samples: 20, seed: 9 });
  const typical = prior.images.reduce((sum, image) => sum + mse(image, target), 0) / 20;
  expect(found.mse[0]).toBeLessThan(0.25 * typical);
  expect(mse(found.images[0] as Float32Array, target)).toBe(found.mse[0]);
  expect(found.latents[0]).toHaveLength(128);
  const again = await invertImages({
    generator: model,
    weights,
    images: [target, other],
    steps: 60,
    restarts: 2,
    seed: 4,
  });
  expect(again).toEqual(found);
});

it('stops when it is told to', async () => {
  const image = new Float32Array(3072);
  const run = invertImages({
    generator: model,
    weights,
    images: [image],
    steps: 5,
    signal: AbortSignal.abort(new Error('enough')),
  });
  await expect(run).rejects.toThrow('enough');
});
