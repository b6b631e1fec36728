import { expect, test } from 'vitest';
import { mosaic } from './grid.ts';

test('lays images out row by row, each pixel scaled, and leaves the rest black', () => {
  const flat = (value: number): Float32Array => new Float32Array(12).fill(value);
  const { planes, width, height } = mosaic([flat(0.1), flat(0.2), flat(0.3)], { side: 2, columns: 2, scale: 3 });
  expect([width, height]).toEqual([12, 12]);
  const at = (c: number, y: number, x: number): number => planes[(c * height + y) * width + x] as number;
  expect(at(0, 5, 5)).toBeCloseTo(0.1);
  expect(at(1, 0, 6)).toBeCloseTo(0.2);
  expect(at(2, 6, 0)).toBeCloseTo(0.3);
  expect(at(2, 11, 11)).toBe(-1);
});
