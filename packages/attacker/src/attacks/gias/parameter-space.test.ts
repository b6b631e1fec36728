import { generator } from '@leakscope/models';
import { seeded } from '@leakscope/shared/random';
import { expect, test } from 'vitest';
import { weightsOf } from '../../matching/models.fixture.ts';
import { generate } from '../../prior/generate.ts';
import { parameterSpace } from './parameter-space.ts';

test.each(['ggl-wgan32', 'dcgan32'])('%s at its own weights draws what it draws', async (arch) => {
  const architecture = generator(arch);
  const prior = { generator: architecture, weights: weightsOf(architecture) };
  const latents = seeded('latents').normals(2 * architecture.latent);
  const space = parameterSpace(prior, latents);
  const both = new Float32Array(2 * space.origin.length);
  both.set(space.origin);
  both.set(space.origin, space.origin.length);
  const [want, got] = [await generate(prior, latents), await generate(space, both)];
  for (const [i, image] of want.entries()) {
    image.forEach((value, at) => {
      expect(got[i]?.[at]).toBeCloseTo(value, 4);
    });
  }
  // Other weights of the second image change that one alone.
  for (let i = space.origin.length; i < both.length; i++) both[i] = 1.1 * (both[i] as number);
  const [first, second] = await generate(space, both);
  expect(first).toEqual(got[0]);
  expect(second).not.toEqual(got[1]);
});
