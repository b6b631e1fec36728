import { openDataset } from '@leakscope/data';
import { seeded } from '@leakscope/shared/random';
import { expect, it } from 'vitest';
import { FRECHET_FEATURES, frechetDistance, frechetFeatures } from './frechet.ts';

/** 2 n points with exactly this mean and covariance diag(deviation^2), up to the n - 1 in the denominator. */
function cross(mean: number[], deviation: number[]): Float32Array[] {
  const n = mean.length;
  const reach = Math.sqrt((2 * n - 1) / 2);
  return mean.flatMap((_, k) =>
    [-1, 1].map((side) =>
      Float32Array.from(mean, (m, i) => m + (i === k ? side * reach * (deviation[i] as number) : 0)),
    ),
  );
}

it('of axis-aligned Gaussians: squared differences of means and of deviations', () => {
  const a = cross([0, 1, 2], [1, 2, 0.5]);
  const b = cross([1, 1, 0], [3, 2, 0.25]);
  expect(frechetDistance(a, b)).toBeCloseTo(1 + 0 + 4 + (4 + 0 + 0.0625), 4);
  expect(frechetDistance(a, a)).toBeCloseTo(0, 6);
  expect(frechetDistance(a, b)).toBeCloseTo(frechetDistance(b, a), 6);
});

it('of Gaussians whose axes differ: the closed form of 2 x 2 matrices', () => {
  const a = cross([0, 0], [2, 1]);
  // b is a turned by 30 degrees: tr sqrt(AB) = sqrt(tr(AB) + 2 sqrt(det(AB))).
  const [c, s] = [Math.cos(Math.PI / 6), Math.sin(Math.PI / 6)];
  const b = a.map(([x, y]) =>
    Float32Array.of(c * (x as number) - s * (y as number), s * (x as number) + c * (y as number)),
  );
  const traceProduct = 4 * (4 * c * c + s * s) + (4 * s * s + c * c);
  expect(frechetDistance(a, b)).toBeCloseTo(2 * (4 + 1) - 2 * Math.sqrt(traceProduct + 2 * 4), 4);
});

it('tells faces from noise, and more blur from less', async () => {
  const faces = await openDataset({ source: 'synthetic-faces', sizes: { public: 40, clients: 1, evaluation: 1 } });
  const images = await Promise.all(faces.partition('public').map(async (i) => (await faces.example(i)).image));
  const blur = (image: Float32Array): Float32Array =>
    image.map((x, i) => (x + (image[i - 1] ?? x) + (image[i - 32] ?? x) + (image[i - 33] ?? x)) / 4);
  const soft = images.map(blur);
  const noise = images.map((_, k) =>
    seeded(k)
      .normals(3072)
      .map((x) => Math.max(-1, Math.min(1, x / 2))),
  );
  const original = await frechetFeatures(images);
  expect(original[0]).toHaveLength(FRECHET_FEATURES);
  // Features of an image do not depend on its company.
  expect(await frechetFeatures(images.slice(0, 1))).toEqual(original.slice(0, 1));
  const distances: number[] = [];
  for (const set of [images, soft, soft.map(blur), noise])
    distances.push(frechetDistance(original, await frechetFeatures(set)));
  expect(distances[0]).toBeLessThan(1e-4);
  expect(distances).toEqual(distances.toSorted((a, b) => a - b));
});
