import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mse, mse01, mse11 } from './mse.ts';
import { psnr, psnr01, psnr11 } from './psnr.ts';

const size = { channels: 3, height: 2, width: 2 };
const pixels = fc
  .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 12, maxLength: 12 })
  .map((values) => Float32Array.from(values));

it('gives both conventions: four times the error, 6.02 dB apart', () => {
  fc.assert(
    fc.property(pixels, pixels, (image, truth) => {
      fc.pre(mse(image, truth) > 1e-12);
      const pair = { image, truth, size };
      const shifted = (planes: Float32Array) => Float64Array.from(planes, (x) => (x + 1) / 2);
      expect(mse01.measure(pair, {})).toBeCloseTo(mse(shifted(image), shifted(truth)), 12);
      expect(mse11.measure(pair, {})).toBeCloseTo(4 * mse01.measure(pair, {}), 12);
      expect(psnr01.measure(pair, {}) - psnr11.measure(pair, {})).toBeCloseTo(20 * Math.log10(2), 9);
    }),
  );
});

it("computes the paper's numbers: .0427 on [-1, 1] is 13.70 dB", () => {
  expect(psnr(0.0427)).toBeCloseTo(13.7, 2);
  expect(mse([1, -1, 0], [0, 0, 0])).toBeCloseTo(2 / 3, 15);
  expect(() => mse([1], [1, 2])).toThrow(RangeError);
});

it('gives an exact copy a finite ratio', () => {
  expect(psnr(0)).toBe(160);
});
