import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countBelow, percentile } from './percentile.ts';

describe('percentile', () => {
  // numpy.percentile([3, 1, 2, 10], [0, 25, 50, 90, 100])
  test.each([
    [0, 1],
    [0.25, 1.75],
    [0.5, 2.5],
    [0.9, 7.9],
    [1, 10],
  ])('at %d interpolates as numpy does', (fraction, expected) => {
    expect(percentile(Float64Array.of(3, 1, 2, 10), fraction)).toBeCloseTo(expected, 12);
  });

  test('of float32 is what sorting gives', () => {
    const value = fc.oneof(fc.float({ noNaN: true }), fc.integer({ min: -3, max: 3 }).map(Math.fround));
    const values = fc.array(value, { minLength: 1, maxLength: 60 }).map((list) => Float32Array.from(list));
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (drawn, fraction) => {
        fc.pre(drawn.every(Number.isFinite));
        const index = fraction * (drawn.length - 1);
        const ordered = drawn.slice().sort();
        const below = ordered[Math.floor(index)] as number;
        const above = ordered[Math.min(Math.floor(index) + 1, drawn.length - 1)] as number;
        expect(percentile(drawn, fraction) + 0).toBe(below + (above - below) * (index - Math.floor(index)) + 0);
      }),
    );
  });

  test('of a part of a longer buffer is that of the part', () => {
    const values = Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i));
    expect(percentile(values.subarray(100, 200), 0.3)).toBe(percentile(values.slice(100, 200), 0.3));
  });

  test('does not sort its argument', () => {
    const values = Float32Array.of(3, 1, 2);
    percentile(values, 0.5);
    expect([...values]).toEqual([3, 1, 2]);
  });

  test('countBelow counts the distinct values below it', () => {
    const values = Float64Array.from({ length: 37 }, (_, i) => i * i);
    for (const fraction of [0, 0.1, 0.5, 0.77, 0.9]) {
      const threshold = percentile(values, fraction);
      expect(countBelow(37, fraction)).toBe(values.filter((value) => value < threshold).length);
    }
  });
});
