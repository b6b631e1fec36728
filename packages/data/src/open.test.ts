import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { openDataset, parseData, parseDataOption } from './open.ts';

it.each([
  [
    { source: 'celeba', path: 'x', resolutoin: 32 },
    'CONFIG_UNKNOWN_KEY',
    /data\.resolutoin; did you mean resolution\?/,
  ],
  [
    { source: 'synthetic-faces', sizes: { client: 5 } },
    'CONFIG_UNKNOWN_KEY',
    /data\.sizes\.client; did you mean clients\?/,
  ],
  [{ source: 'celebra', path: 'x' }, 'CONFIG_VALUE_INVALID', /data\.source: "celebra" is not valid: .*celeba/],
  [{ source: 'celeba' }, 'CONFIG_VALUE_INVALID', /data\.path/],
  [{ source: 'celeba', path: 'x', resolution: 4 }, 'CONFIG_VALUE_INVALID', /data\.resolution: 4/],
  [
    { source: 'image-folder', path: 'x', fractions: { public: 0.9, clients: 0.2 } },
    'CONFIG_VALUE_INVALID',
    /data\.fractions/,
  ],
  [undefined, 'CONFIG_VALUE_INVALID', /data/],
])('refuses %j', async (config, code, message) => {
  await expect(parseData(config)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});

it('fills in defaults', async () => {
  const plan = { source: 'celeba', params: { path: 'faces', resolution: 32, label: 'Male' }, resolution: 32 };
  expect(await parseData({ source: 'celeba', path: 'faces' })).toMatchObject(plan);
  expect(await parseData({ source: 'celeba', params: { path: 'faces' } })).toMatchObject(plan);
  expect(await parseDataOption('celeba:faces')).toMatchObject(plan);
  expect(await parseDataOption('celeba:/data/faces')).toMatchObject({
    source: 'celeba',
    params: { path: '/data/faces' },
  });
  expect(await parseDataOption('synthetic-faces:7')).toMatchObject({ source: 'synthetic-faces', params: { seed: 7 } });
});

it('opens an image folder: classes by name, disjoint seeded partitions, a path relative to the experiment', async () => {
  const base = await mkdtemp(join(tmpdir(), 'leakscope-folder-'));
  try {
    for (const [name, count] of [
      ['zebra', 6],
      ['ant', 14],
    ] as const) {
      await mkdir(join(base, 'set', name), { recursive: true });
      for (let k = 0; k < count; k++) {
        const png = sharp({
          create: { width: 40, height: 36, channels: 3, background: { r: 12 * k, g: 0, b: 0 } },
        }).png();
        await writeFile(join(base, 'set', name, `${k}.png`), await png.toBuffer());
      }
    }
    await writeFile(join(base, 'set', 'notes.txt'), 'not an image');
    const config = { source: 'image-folder', path: 'set', fractions: { public: 0.5, clients: 0.3 } };
    const dataset = await openDataset(config, { base });
    const again = await openDataset(config, { base });
    expect(dataset.classes).toBe(2);
    expect(dataset.label(0)).toBe(0);
    expect(dataset.id(0)).toBe('ant/0.png');
    const parts = (['public', 'clients', 'evaluation'] as const).map((part) => dataset.partition(part));
    expect(parts.map((part) => part.length)).toEqual([10, 6, 4]);
    expect(parts.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(again.partition('public')).toEqual(dataset.partition('public'));
    expect((await dataset.example(19)).image[0]).toBeCloseTo((12 * 5) / 127.5 - 1, 5);
    await expect(openDataset({ ...config, path: 'set/ant' }, { base })).rejects.toMatchObject({ code: 'DATA_EMPTY' });
    for (const part of ['train', 'val']) await cp(join(base, 'set'), join(base, 'whole', part), { recursive: true });
    await expect(openDataset({ ...config, path: 'whole' }, { base })).rejects.toMatchObject({
      code: 'DATA_EMPTY',
      message: expect.stringMatching(/train, val are splits/),
    });
    await openDataset({ ...config, path: 'whole/train' }, { base });
  } finally {
    await rm(base, { recursive: true, force: true });
  }
});
