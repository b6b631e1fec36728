import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assertParity, compareTensor, compareValue, normOf, tolerance } from './tolerance.ts';

describe('the rule for scalars', () => {
  test('the tolerance is 1e-4, or 20 times what PyTorch itself deviates', () => {
    expect(tolerance(0)).toBe(1e-4);
    expect(tolerance(1e-6)).toBe(1e-4);
    expect(tolerance(1e-3)).toBe(0.02);
  });

  test('a deviation just below the tolerance passes, one just above fails, on either side', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
        fc.double({ min: 0, max: 1e-3, noNaN: true }),
        fc.constantFrom(-1, 1),
        fc.constantFrom(-1, 1),
        (magnitude, rel, sign, side) => {
          const value = sign * magnitude;
          const at = (share: number): number => value * (1 + side * share * tolerance(rel));
          expect(compareValue(at(0.99), { value, rel }).verdict).toBe('within');
          expect(compareValue(at(1.01), { value, rel }).verdict).toBe('off');
        },
      ),
    );
  });

  test('NaN, infinity and anything but 0 for 0 fail', () => {
    for (const got of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(compareValue(got, { value: 1, rel: 0, rel_if_kinks_flip: 1 }).verdict).toBe('off');
    }
    expect(compareValue(1e-30, { value: 0, rel: 0 }).verdict).toBe('off');
    expect(compareValue(0, { value: 0, rel: 0 }).verdict).toBe('within');
  });

  test('a kink excuses 1.5 times the change that it makes, and no more', () => {
    const expected = { value: 1, rel: 0, rel_if_kinks_flip: 1e-2 };
    expect(compareValue(1 + 0.99e-4, expected).verdict).toBe('within');
    expect(compareValue(1.0149, expected).verdict).toBe('kink');
    expect(compareValue(1.0151, expected).verdict).toBe('off');
  });
});

describe('the rule for tensors', () => {
  const exact = Float32Array.from({ length: 100 }, (_, i) => Math.sin(i + 1));
  const expected = { norm: normOf(exact), first: [...exact.slice(0, 8)], last: [...exact.slice(-2)], rel: 0 };
  const typical = (3 * expected.norm) / 10;

  test('the tensor itself passes', () => {
    expect(compareTensor(exact, expected)).toMatchObject({ verdict: 'within', excess: 0 });
  });

  test.each([0, 7, 98, 99])('entry %i counts, relative to itself and to a typical entry', (index) => {
    const entry = exact[index] as number;
    for (const [share, verdict] of [
      [0.95, 'within'],
      [1.05, 'off'],
    ] as const) {
      const got = exact.slice();
      got[index] = entry + share * 1e-4 * (Math.abs(entry) + typical);
      expect(compareTensor(got, { ...expected, norm: normOf(got) }).verdict).toBe(verdict);
    }
  });

  test('entries that are not listed count through the norm', () => {
    const got = exact.slice();
    got[50] = 3 * (got[50] as number);
    expect(compareTensor(got, expected)).toMatchObject({ verdict: 'off', detail: expect.stringContaining('norm') });
  });

  test('a kink excuses entries up to the change that it brings to the tensor, or to a larger one around it', () => {
    const got = exact.slice();
    got[0] = (got[0] as number) + 0.01;
    const share = 0.01 / expected.norm;
    expect(compareTensor(got, { ...expected, rel_if_kinks_flip: share / 1.4 }).verdict).toBe('kink');
    expect(compareTensor(got, { ...expected, rel_if_kinks_flip: share / 1.6 }).verdict).toBe('off');
    expect(compareTensor(got, expected, 0.011).verdict).toBe('kink');
    expect(compareTensor(got, expected, 0.009).verdict).toBe('off');
    got[1] = Number.NaN;
    expect(compareTensor(got, expected, 1).verdict).toBe('off');
  });

  test('NaN, a missing entry and another length fail', () => {
    const withNaN = exact.slice();
    withNaN[0] = Number.NaN;
    expect(compareTensor(withNaN, expected).verdict).toBe('off');
    expect(compareTensor(exact.slice(0, 5), expected).verdict).toBe('off');
    expect(compareTensor(exact.slice(1), expected).verdict).toBe('off');
  });
});

test('assertParity throws on what is off and names it', () => {
  expect(() => assertParity('cifar loss', compareValue(2, { value: 1, rel: 0 }))).toThrow('cifar loss: got 2');
  expect(() => assertParity('cifar loss', compareValue(1, { value: 1, rel: 0 }))).not.toThrow();
});
