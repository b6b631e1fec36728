/** A generator of a user's own: a module beside its weights file. Files and shipped names are tested with the weights. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seeded } from '@leakscope/shared/random';
import { writeSafetensors } from '@leakscope/shared/safetensors';
import { type NamedTensors, tensor } from '@leakscope/shared/tensors';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generatorConformance } from './conformance.ts';
import { generatorFile, loadGenerator } from './load-generator.ts';

const folder = mkdtempSync(join(tmpdir(), 'leakscope-generator-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Under the name of a built-in one, whose programs it must not meet. */
const MODULE = `export default ({ defineGenerator, parametersOf, initialise, tf }) => {
  const parameters = parametersOf([{ kind: 'linear', name: 'fc', inputs: 4, outputs: 3 * 8 * 8 }]);
  return defineGenerator({
    name: 'dcgan32', latent: 4, outputShape: [3, 8, 8], parameters, buffers: [], weights: 'weights/linear.safetensors',
    forward: (layers, z) => tf.tanh(tf.reshape(layers.linear('fc', z), [-1, 3, 8, 8])),
    initialise: (random) => initialise(parameters, random),
  });
};`;

const weights: NamedTensors = new Map([
  ['fc.weight', tensor([192, 4], seeded('generator', 'weight').normals(768))],
  ['fc.bias', tensor([192], seeded('generator', 'bias').normals(192))],
]);

beforeAll(async () => {
  writeFileSync(join(folder, 'linear.mjs'), MODULE);
  writeFileSync(join(folder, 'bare.mjs'), MODULE.replace(`weights: 'weights/linear.safetensors',`, ''));
  mkdirSync(join(folder, 'weights'));
  await writeSafetensors(join(folder, 'weights', 'linear.safetensors'), weights, {});
});

test('its weights lie where the module says, from its own folder', async () => {
  const loaded = await loadGenerator('./linear.mjs', folder);
  expect(loaded.weights.get('fc.bias')?.data).toEqual(weights.get('fc.bias')?.data);
  expect(loaded.generator.name).toMatch(/^dcgan32@[0-9a-f]{12}$/);
  expect(await generatorFile('./linear.mjs', folder)).toBe(join(folder, 'weights', 'linear.safetensors'));
});

test('one that names no weights is refused', async () => {
  await expect(loadGenerator('./bare.mjs', folder)).rejects.toMatchObject({
    code: 'MODULE_INVALID',
    message: expect.stringContaining('weights is not the path'),
  });
});

describe('conformance', () => {
  for (const { name, run } of generatorConformance('./linear.mjs', folder)) test(name, run);
});
