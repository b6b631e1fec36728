import { seeded } from '@leakscope/shared/random';
import { expect, test } from 'vitest';
import { type Group, groupConsistency, registeredMean } from './consistency.ts';

const group = (change: Partial<Group> = {}): Group => ({
  ...{ seeds: 2, shape: [1, 8, 8], weight: 0.5, shift: 2, every: 1 },
  ...change,
});

/** A bright square with its corner at (y, x). */
function square(y: number, x: number): Float32Array {
  return Float32Array.from({ length: 64 }, (_, i) => {
    const [down, across] = [Math.floor(i / 8) - y, (i % 8) - x];
    return down >= 0 && down < 3 && across >= 0 && across < 3 ? 1 : 0;
  });
}

const joined = (...images: Float32Array[]): Float32Array => Float32Array.from(images.flatMap((image) => [...image]));

test('the mean of what is moved by a pixel is sharp again once it is registered', () => {
  const points = joined(square(2, 2), square(2, 2), square(2, 3));
  const mean = registeredMean(points, group({ seeds: 3 }));
  for (const [i, value] of mean.entries()) expect(value).toBeCloseTo(square(2, 2)[i] as number, 6);
  const blurred = registeredMean(points, group({ seeds: 3, shift: 0 }));
  expect(blurred.filter((value) => value > 0.01 && value < 0.99).length).toBeGreaterThan(0);
});

test('the images of a batch have a mean of their own each', () => {
  const [first, second] = [square(1, 1), square(4, 4)];
  const mean = registeredMean(joined(first, second, first, second), group());
  expect([...mean]).toEqual([...joined(first, second)]);
});

test('what is added is the gradient of what is added', () => {
  const points = seeded('group').normals(2 * 64);
  const losses = Float32Array.of(1, 2);
  const gradient = new Float32Array(points.length);
  const settings = group({ every: 1000 });
  const pull = groupConsistency(settings);
  const at = pull(points, { losses, gradient });
  const moved = points.slice();
  const step = 0.5;
  moved[70] = (moved[70] as number) + step;
  // The same mean: it is taken every thousand steps.
  const after = pull(moved, { losses, gradient });
  const slope = ((after.losses[1] as number) - (at.losses[1] as number)) / step;
  const middle = ((at.gradient[70] as number) + (after.gradient[70] as number)) / 2;
  expect(Math.abs(slope / middle - 1)).toBeLessThan(0.02);
  expect(after.losses[0]).toBe(at.losses[0]);
});

test('a single seed has nobody to agree with', () => {
  const evaluation = { losses: Float32Array.of(1), gradient: new Float32Array(64) };
  expect(groupConsistency(group({ seeds: 1 }))(square(0, 0), evaluation)).toEqual(evaluation);
});
