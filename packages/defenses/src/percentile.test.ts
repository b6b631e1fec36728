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
