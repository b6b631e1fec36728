import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDataset } from './open.ts';
import { storedZip } from './stored-zip.fixture.ts';

const IDS = ['000001.jpg', '000002.jpg', '000003.jpg'];
const LISTS = {
  'list_attr_celeba.txt': '3\nMale Smiling\n000001.jpg -1 1\n000002.jpg 1 -1\n000003.jpg 1 1\n',
  'list_eval_partition.txt': '000001.jpg 0\n000002.jpg 1\n000003.jpg 2\n',
};
const CSV = {
  'list_attr_celeba.csv': 'image_id,Male,Smiling\n000001.jpg,-1,1\n000002.jpg,1,-1\n000003.jpg,1,1\n',
  'list_eval_partition.csv': 'image_id,partition\n000001.jpg,0\n000002.jpg,1\n000003.jpg,2\n',
};

let home: string;
let images: Record<string, Uint8Array>;

async function folder(name: string, files: Record<string, string | Uint8Array>): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    const file = join(home, name, path);
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, content);
  }
  return join(home, name);
}

const under = <T>(prefix: string, files: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(files).map(([path, content]) => [`${prefix}/${path}`, content]));

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'leakscope-celeba-'));
  const encoded = IDS.map(async (id, k): Promise<[string, Uint8Array]> => {
    const pixels = Uint8Array.from({ length: 89 * 109 * 3 }, (_, i) => (i * (7 + k)) % 256);
    return [
      id,
      await sharp(pixels, { raw: { width: 89, height: 109, channels: 3 } })
        .jpeg()
        .toBuffer(),
    ];
  });
  images = Object.fromEntries(await Promise.all(encoded));
});

afterAll(() => rm(home, { recursive: true, force: true }));

it('opens folders, archives and CSV lists as the same dataset', async () => {
  const files = { ...LISTS, ...under('img_align_celeba', images) };
  const nested = { ...CSV, ...under('img_align_celeba/img_align_celeba', images) };
  await folder('archive', { 'all.zip': storedZip(under('CelebA', files)) });
  const paths = [
    await folder('plain', files),
    await folder('kaggle', nested),
    join(home, 'archive/all.zip'),
    await folder('half', { ...LISTS, 'img_align_celeba.zip': storedZip(under('img_align_celeba', images)) }),
  ];
  const seen = await Promise.all(
    paths.map(async (path) => {
      const dataset = await openDataset({ source: 'celeba', path });
      const { name, classes, attributeNames } = dataset;
      const parts = [dataset.partition('public'), dataset.partition('clients'), dataset.partition('evaluation')];
      const result = {
        name,
        classes,
        attributeNames,
        parts,
        example: await dataset.example(1),
        digest: await dataset.digest(),
      };
      await dataset.close();
      return result;
    }),
  );
  expect(seen[0]).toMatchObject({ classes: 2, attributeNames: ['Male', 'Smiling'], parts: [[0], [1], [2]] });
  expect(seen[0]?.example).toMatchObject({
    id: '000002.jpg',
    index: 1,
    label: 1,
    attributes: { Male: true, Smiling: false },
  });
  expect(seen[0]?.example.image).toHaveLength(3 * 32 * 32);
  for (const other of seen.slice(1)) expect(other).toEqual(seen[0]);
});

it('labels by any attribute, and the digest tells', async () => {
  const path = await folder('smiling', { ...LISTS, ...under('img_align_celeba', images) });
  const smiling = await openDataset({ source: 'celeba', path, label: 'Smiling' });
  const male = await openDataset({ source: 'celeba', path });
  expect([0, 1, 2].map((i) => smiling.label(i))).toEqual([1, 0, 1]);
  expect(await smiling.digest()).not.toBe(await male.digest());
});

it('names what is wrong', async () => {
  const good: Record<string, string | Uint8Array> = { ...LISTS, ...under('img_align_celeba', images) };
  const { 'img_align_celeba/000003.jpg': _, ...incomplete } = good;
  const cases: [path: string, code: string, message: RegExp, label?: string][] = [
    [join(home, 'nowhere'), 'DATA_MISSING', /nowhere does not exist/],
    [await folder('incomplete', incomplete), 'DATA_IMAGE_MISSING', /000003\.jpg/],
    [await folder('listless', under('img_align_celeba', images)), 'DATA_MISSING', /list_attr_celeba\.txt/],
    [await folder('good', good), 'DATA_ATTRIBUTE_UNKNOWN', /did you mean Smiling\?/, 'Smilling'],
    [await folder('corrupt', { ...good, 'img_align_celeba/000001.jpg': 'x' }), 'DATA_IMAGE_CORRUPT', /000001\.jpg/],
    [
      await folder('partless', { ...good, 'list_eval_partition.txt': '000001.jpg 0\n000002.jpg 1\n' }),
      'DATA_LIST_INVALID',
      /list_eval_partition\.txt:2: 000003\.jpg .* no partition/,
    ],
    [join(await folder('nozip', { 'a.zip': 'PK no' }), 'a.zip'), 'DATA_EMPTY', /a\.zip/],
  ];
  for (const [path, code, message, label] of cases) {
    const attempt = openDataset({ source: 'celeba', path, ...(label && { label }) }).then((dataset) =>
      dataset.example(0),
    );
    await expect(attempt).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  }
});

const REAL = resolve(process.env.LEAKSCOPE_DATA ?? '../shared/data', 'celeba-9k');

it.skipIf(!existsSync(REAL))('reads the real faces (skipped where ../shared/data/celeba-9k is absent)', async () => {
  const dataset = await openDataset({ source: 'celeba', path: REAL });
  expect(dataset.partition('public')).toHaveLength(6500);
  expect(dataset.partition('clients')).toHaveLength(2000);
  expect(dataset.partition('evaluation')).toHaveLength(500);
  const list = await readFile(join(REAL, 'list_attr_celeba.txt'), 'utf8');
  const males = list
    .split('\n')
    .slice(2)
    .filter((line) => line.trim().split(/\s+/)[21] === '1').length;
  expect(Array.from({ length: 9000 }, (_, i) => dataset.label(i)).filter(Boolean)).toHaveLength(males);
  const { image } = await dataset.example(6500);
  expect(Math.min(...image)).toBeGreaterThanOrEqual(-1);
  expect(Math.max(...image)).toBeLessThanOrEqual(1);
});

it.skipIf(!existsSync(REAL))(
  'decodes real faces as Pillow does, byte for byte (skipped where they are absent)',
  async () => {
    const dataset = await openDataset({ source: 'celeba', path: REAL });
    const hash = createHash('sha256');
    for (const index of dataset.partition('clients').slice(0, 40)) {
      const { image } = await dataset.example(index);
      // Interleaved again, as Pillow's tobytes() of resize((32, 39), BILINEAR).crop((0, 4, 32, 36)).
      hash.update(
        Uint8Array.from(image, (_, i) =>
          Math.round(((image[(i % 3) * 1024 + Math.trunc(i / 3)] as number) + 1) * 127.5),
        ),
      );
    }
    expect(hash.digest('hex')).toBe('3446b7553e71a1a96d6efb07097ec8aeba7509aa282cf1d97544bc4b3259f6fd');
  },
);
