import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromBfloat16, fromHalf, toBfloat16, toHalf } from './half.ts';

const every = Uint16Array.from({ length: 0x10000 }, (_, word) => word);
const numbers = (values: Float32Array) => every.filter((_, i) => !Number.isNaN(values[i]));

test('every float16 and every bfloat16 survives the way through float32', () => {
  for (const [to, from] of [
    [toHalf, fromHalf],
    [toBfloat16, fromBfloat16],
  ] as const) {
    const words = numbers(from(every));
    expect(words.length).toBeGreaterThan(63_000);
    expect(Buffer.compare(Buffer.from(to(from(words)).buffer), Buffer.from(words.buffer))).toBe(0);
    expect(from(to(Float32Array.of(Number.NaN)))[0]).toBeNaN();
  }
});

test('known float16 words', () => {
  const cases: [number, number][] = [
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65519.99, 0x7bff],
    [65520, 0x7c00],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000], // a tie, to even
    [2 ** -25 * 1.01, 0x0001],
    [-(2 ** -30), 0x8000],
    [1 + 2 ** -11, 0x3c00], // a tie, to even
    [1 + 3 * 2 ** -11, 0x3c02],
    [Number.NEGATIVE_INFINITY, 0xfc00],
  ];
  expect([...toHalf(Float32Array.from(cases, ([value]) => value))]).toEqual(cases.map(([, word]) => word));
});

test('rounding goes to the nearest representable value', () => {
  const halves = fromHalf(every).filter(Number.isFinite).sort();
  fc.assert(
    fc.property(fc.float({ min: -65504, max: 65504, noNaN: true }), (value) => {
      const rounded = fromHalf(toHalf(Float32Array.of(value)))[0] as number;
      let low = 0;
      let high = halves.length - 1;
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if ((halves[middle] as number) <= value) low = middle;
        else high = middle;
      }
      const nearest = Math.min(Math.abs(value - (halves[low] as number)), Math.abs(value - (halves[high] as number)));
      expect(Math.abs(value - rounded)).toBe(nearest);
    }),
  );
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true, min: -(2 ** 127), max: 2 ** 127 }), (value) => {
      const rounded = fromBfloat16(toBfloat16(Float32Array.of(value)))[0] as number;
      expect(Math.abs(rounded - value)).toBeLessThanOrEqual(Math.max(Math.abs(value) * 2 ** -8, 2 ** -133));
    }),
  );
});
