import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { digestBytes } from '@leakscope/shared/tensors';
import { describe, expect, test } from 'vitest';
import { loadGenerator } from './load-generator.ts';
import { generatorPath, SHIPPED_GENERATORS } from './shipped.ts';

describe.each(Object.entries(SHIPPED_GENERATORS))('%s', (name, { file, digest, data }) => {
  test('is the file that its digest names, and says what it was trained on', async () => {
    expect(digestBytes(await readFile(file))).toBe(digest);
    const { generator, metadata } = await loadGenerator(file);
    expect(generator.name).toBe('ggl-wgan32');
    expect(metadata.data).toBe(data);
    expect(generatorPath(name)).toBe(file);
  });

  test('has a card with this digest and an inversion error of at most .03', async () => {
    const card = await readFile(file.replace(/\.safetensors$/, '.md'), 'utf8');
    expect(card).toContain(digest);
    const [, mean] = /GAN inversion, mean over 100 held-out faces[^|]*\| ([\d.]+) ±/.exec(card) ?? [];
    expect(Number(mean)).toBeGreaterThan(0);
    expect(Number(mean)).toBeLessThanOrEqual(0.03);
  });
});

test('CelebA weights have their own licence', () => {
  const file = SHIPPED_GENERATORS['celeba-32']?.file ?? '';
  expect(existsSync(file.replace(/\.safetensors$/, '.LICENSE.md'))).toBe(true);
});

test('generatorPath takes a file as it is, and names what was meant by a misspelt name', () => {
  const here = import.meta.filename;
  expect(generatorPath(here)).toBe(here);
  expect(() => generatorPath('celeba32')).toThrow(
    expect.objectContaining({
      code: 'MODEL_GENERATOR_UNKNOWN',
      message: expect.stringContaining('celeba-32'),
    }),
  );
});
