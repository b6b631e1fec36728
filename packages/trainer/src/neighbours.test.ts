import { seeded } from '@leakscope/shared/random';
import { expect, test } from 'vitest';
import { type Faces, loadFaces } from './faces.ts';
import { nearestDistances, pairwiseDistance, quantile } from './neighbours.ts';

const SIDE = 8;
/** Values that bytes hold exactly. */
const randomImage = (seed: number): Float32Array => {
  const random = seeded(seed);
  return Float32Array.from({ length: 3 * SIDE * SIDE }, () => random.int(256) / 127.5 - 1);
};
const distance = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, i) => sum + (value - (b[i] as number)) ** 2, 0) / a.length;

const known: Promise<Faces> = loadFaces(
  { example: async (index) => ({ image: randomImage(index) }) },
  Array.from({ length: 600 }, (_, i) => i),
  { side: SIDE },
);

test('nearestDistances equals the search through all pairs', async () => {
  const faces = await known;
  const queries = [randomImage(1000), randomImage(1001)];
  const all = queries.map((query) =>
    Math.min(
      ...Array.from({ length: 600 }, (_, i) => [false, true].map((m) => distance(query, faces.batch([i], [m])))).flat(),
    ),
  );
  for (const [i, found] of nearestDistances(queries, faces).entries()) expect(found).toBeCloseTo(all[i] as number, 6);
});

test('a training face is found, and its mirror image too', async () => {
  const faces = await known;
  expect(nearestDistances([faces.batch([555]), faces.batch([3], [true])], faces)).toEqual([0, 0]);
});

test('pairwiseDistance is the mean over pairs of different images', () => {
  const images = [randomImage(1), randomImage(2), randomImage(3)];
  const [a, b, c] = images as [Float32Array, Float32Array, Float32Array];
  expect(pairwiseDistance(images)).toBeCloseTo((distance(a, b) + distance(a, c) + distance(b, c)) / 3, 6);
});

test('quantile takes the nearest rank', () => {
  expect([0, 0.5, 0.75, 1].map((q) => quantile([4, 1, 3, 2], q))).toEqual([1, 2, 3, 4]);
});
