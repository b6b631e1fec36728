import { expect, it } from 'vitest';
import { PARTITIONS } from './dataset.ts';
import { openDataset } from './open.ts';

const small = { source: 'synthetic-faces', sizes: { public: 400, clients: 60, evaluation: 40 } };

it('draws the same face from the same seed, and another from another', async () => {
  const [a, b, c] = await Promise.all([openDataset(small), openDataset(small), openDataset({ ...small, seed: 2 })]);
  for (const index of [0, 17, 450, 499]) {
    expect(await a.example(index)).toEqual(await b.example(index));
    expect((await a.example(index)).image).not.toEqual((await c.example(index)).image);
  }
  expect(await a.digest()).toBe(await b.digest());
  expect(await a.digest()).not.toBe(await c.digest());
});

it('keeps the faces of a partition when another one grows', async () => {
  const [a, b] = await Promise.all([
    openDataset(small),
    openDataset({ ...small, sizes: { public: 900, clients: 60, evaluation: 40 } }),
  ]);
  for (const part of PARTITIONS) {
    const [first, second] = [a.partition(part)[3], b.partition(part)[3]] as [number, number];
    expect((await a.example(first)).image).toEqual((await b.example(second)).image);
  }
});

it('draws faces that differ: no two share nine tenths of their variance', async () => {
  const faces = await openDataset(small);
  const images = await Promise.all(faces.partition('clients').map(async (i) => (await faces.example(i)).image));
  const size = images[0]?.length as number;
  const mean = Float32Array.from(
    { length: size },
    (_, k) => images.reduce((sum, image) => sum + (image[k] as number), 0) / images.length,
  );
  const distance = (a: Float32Array, b: Float32Array): number =>
    a.reduce((sum, x, k) => sum + (x - (b[k] as number)) ** 2, 0) / size;
  const spread = images.reduce((sum, image) => sum + distance(image, mean), 0) / images.length;
  const nearest = Math.min(...images.flatMap((a, i) => images.slice(i + 1).map((b) => distance(a, b))));
  expect(spread).toBeGreaterThan(0.1);
  expect(nearest).toBeGreaterThan(0.1 * 2 * spread);
});

it('shows its attributes: correlated with Male as on photographs, each neither always nor never', async () => {
  const faces = await openDataset(small);
  const indices = faces.partition('public');
  const share = (name: string, male: boolean): number => {
    const group = indices.filter((i) => faces.label(i) === (male ? 1 : 0));
    return group.filter((i) => faces.attributes(i)[name]).length / group.length;
  };
  expect(indices.every((i) => (faces.label(i) === 1) === faces.attributes(i).Male)).toBe(true);
  expect(share('Wearing_Lipstick', false)).toBeGreaterThan(0.4);
  expect(share('Wearing_Lipstick', true)).toBe(0);
  expect(share('No_Beard', true)).toBeLessThan(0.8);
  expect(share('Long_Hair', false)).toBeGreaterThan(share('Long_Hair', true) + 0.5);
  for (const name of faces.attributeNames) {
    const shown = indices.filter((i) => faces.attributes(i)[name]).length;
    expect(shown, name).toBeGreaterThan(0);
    expect(shown, name).toBeLessThan(indices.length);
  }
});

it('draws what an attribute says: lipstick reddens the mouth', async () => {
  const faces = await openDataset(small);
  const women = faces
    .partition('public')
    .slice(0, 120)
    .filter((i) => faces.label(i) === 0);
  const redness = async (index: number): Promise<number> => {
    const { image } = await faces.example(index);
    let sum = 0;
    for (let y = 21; y < 27; y++)
      for (let x = 13; x < 19; x++) sum += (image[32 * y + x] as number) - (image[1024 + 32 * y + x] as number);
    return sum / 36;
  };
  const mean = async (indices: number[]): Promise<number> =>
    (await Promise.all(indices.map(redness))).reduce((a, b) => a + b, 0) / indices.length;
  const painted = women.filter((i) => faces.attributes(i).Wearing_Lipstick);
  const bare = women.filter((i) => !faces.attributes(i).Wearing_Lipstick);
  expect(await mean(painted)).toBeGreaterThan((await mean(bare)) + 0.05);
});

it('refuses an index that does not exist', async () => {
  const faces = await openDataset(small);
  await expect(faces.example(500)).rejects.toMatchObject({
    code: 'DATA_INDEX_INVALID',
    message: expect.stringContaining('500'),
  });
});
