import { seeded } from '@leakscope/shared/random';
import { expect, test } from 'vitest';
import { sobol } from './sobol.ts';

/** In how many cells of a grid the points lie that cuts the k-th coordinate into `grid[k]`. */
const cells = (points: readonly Float64Array[], grid: readonly number[]): number =>
  new Set(points.map((point) => grid.map((parts, k) => Math.floor(parts * (point[k] as number))).join())).size;

test('each of 40 coordinates has a point in each of its slices', () => {
  const points = sobol(256, 40, seeded(1));
  for (let k = 0; k < 40; k++)
    expect(
      cells(
        points.map((point) => point.subarray(k)),
        [256],
      ),
    ).toBe(256);
});

test('the first two coordinates have one in every rectangle of equal area', () => {
  const points = sobol(256, 2, seeded(2));
  for (const [wide, high] of [
    [1, 256],
    [4, 64],
    [16, 16],
    [64, 4],
    [256, 1],
  ] as const) {
    expect(cells(points, [wide, high])).toBe(256);
  }
});

test('a sum over ten coordinates is far nearer to its integral than that over draws', () => {
  const random = seeded(3);
  const off = (points: readonly Float64Array[]): number =>
    Math.abs(points.reduce((sum, point) => sum + point.reduce((all, x) => all * (0.5 + x), 1), 0) / points.length - 1);
  const errors = (make: () => Float64Array[]) =>
    Array.from({ length: 20 }, () => off(make()) ** 2).reduce((a, b) => a + b);
  const draws = () => Array.from({ length: 512 }, () => Float64Array.from({ length: 10 }, () => random.uniform()));
  expect(errors(() => sobol(512, 10, random))).toBeLessThan(errors(draws) / 5);
});

test('is a function of the stream', () => {
  expect(sobol(10, 3, seeded(1))).toEqual(sobol(10, 3, seeded(1)));
  expect(sobol(10, 3, seeded(1))).not.toEqual(sobol(10, 3, seeded(2)));
});
