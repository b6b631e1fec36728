/** That searches beyond the latents find what the generator has not learned: a face with a patch on it. */
import { classifier, loadGenerator } from '@leakscope/models';
import { seeded } from '@leakscope/shared/random';
import type { NamedTensors } from '@leakscope/shared/tensors';
import { beforeAll, expect, test } from 'vitest';
import { attackUpdate } from '../../attack-update.ts';
import { computeGradient } from '../../matching/client-gradient.ts';
import { generate } from '../../prior/generate.ts';
import { parseAttack } from '../../registry.ts';

const GENERATOR = 'synthetic-faces-32';
const SIDE = 32;
const model = classifier('lenet', { classes: 4, resolution: SIDE });
const weights = model.initialise(seeded('staged', 'theta'));

let image: Float32Array;
let update: NamedTensors;
beforeAll(async () => {
  const prior = await loadGenerator(GENERATOR);
  const [face] = (await generate(prior, seeded('staged', 'z').normals(prior.generator.latent))) as [Float32Array];
  image = face.map((value, i) => {
    const [y, x] = [Math.floor(i / SIDE) % SIDE, i % SIDE];
    return y > 16 && y < 26 && x > 8 && x < 24 ? -0.9 : value;
  });
  update = (await computeGradient({ model, weights, images: [image], labels: [1] })).gradient;
});

const meanSquare = (found: Float32Array | undefined): number =>
  image.reduce((sum, value, i) => sum + (value - (found?.[i] ?? 0)) ** 2 / image.length, 0);

const attacked = async (spec: string) =>
  attackUpdate({ attack: await parseAttack(spec), update: { update, weights, model } });

test.each([
  ['gifd', 'steps=120,restarts=1,learningRate=0.05', ['latents', 'features 1', 'features 2', 'features 3']],
  ['gias', 'steps=120,restarts=1,weightSteps=80', ['latents', 'weights']],
])('%s', async (name, params, members) => {
  const through = `generator=${GENERATOR}`;
  const latents = await attacked(`ggl:${through},steps=120,loss=cosine,regulariser=none`);
  const found = await attacked(`${name}:${through},${params}`);
  expect(found.members?.map((member) => member.name)).toEqual(members);
  expect(found.loss).toBe(Math.min(...(found.members ?? []).map(({ loss }) => Number(loss))));
  expect(found.loss).toBeLessThan(0.5 * (found.members?.[0]?.loss ?? 0));
  expect(meanSquare(found.images[0])).toBeLessThan(0.7 * meanSquare(latents.images[0]));
});
