import fc from 'fast-check';
import { expect, it } from 'vitest';
import { errorsOf, mse, pixelErrors, psnr, totalVariation } from './pixel-errors.ts';

const pixels = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 12, maxLength: 12 });

it('gives both conventions: four times the error, 6.02 dB apart', () => {
  fc.assert(
    fc.property(pixels, pixels, (a, b) => {
      fc.pre(mse(a, b) > 1e-12);
      const errors = pixelErrors(a, b);
      const shifted = (image: number[]) => image.map((x) => (x + 1) / 2);
      expect(errors.mse01).toBeCloseTo(mse(shifted(a), shifted(b)), 12);
      expect(errors.mse11).toBeCloseTo(4 * errors.mse01, 12);
      expect(errors.psnr01 - errors.psnr11).toBeCloseTo(20 * Math.log10(2), 9);
    }),
  );
});

it("computes the paper's numbers: .0427 on [-1, 1] is 13.70 dB", () => {
  expect(errorsOf(0.0427).psnr11).toBeCloseTo(13.7, 2);
  expect(mse([1, -1, 0], [0, 0, 0])).toBeCloseTo(2 / 3, 15);
  expect(psnr(0)).toBe(Number.POSITIVE_INFINITY);
  expect(() => mse([1], [1, 2])).toThrow(RangeError);
});

it('total variation of a checked image, by hand', () => {
  // One channel, 2 x 3: rows (0 1 3) and (2 1 0).
  const size = { channels: 1, height: 2, width: 3 };
  expect(totalVariation([0, 1, 3, 2, 1, 0], size, 'sum')).toBe(1 + 2 + 1 + 1 + (2 + 0 + 3));
  expect(totalVariation([0, 1, 3, 2, 1, 0], size)).toBeCloseTo(5 / 4 + 5 / 3, 15);
});
