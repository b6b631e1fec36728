import { seeded } from '@leakscope/shared/random';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { structuralSimilarity as similarity, ssim } from './ssim.ts';

const size = { channels: 2, height: 14, width: 12 };
const noise = (seed: number): number[] => {
  const random = seeded(seed);
  return Array.from({ length: 2 * 14 * 12 }, () => random.uniform());
};

it('is 1 for the image itself, below 1 else, and symmetric', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer(), (s, t) => {
      fc.pre(s !== t);
      const [a, b] = [noise(s), noise(t)];
      expect(similarity(a, a, size)).toBeCloseTo(1, 12);
      expect(similarity(a, b, size)).toBeLessThan(0.9);
      expect(similarity(a, b, size)).toBeCloseTo(similarity(b, a, size), 12);
    }),
    { numRuns: 20 },
  );
});

it('of two constant images is the luminance term alone', () => {
  const [x, y] = [0.3, 0.8];
  const expected = (2 * x * y + 1e-4) / (x * x + y * y + 1e-4);
  const flat = (value: number) => new Float64Array(2 * 14 * 12).fill(value);
  expect(similarity(flat(x), flat(y), size)).toBeCloseTo(expected, 9);
  const planes = (value: number) => new Float32Array(2 * 14 * 12).fill(2 * value - 1);
  const window = ssim.params.parse({});
  expect(ssim.measure({ image: planes(x), truth: planes(y), size }, window)).toBeCloseTo(expected, 6);
});

it('of one window is its formula with Gaussian moments', () => {
  const a = noise(1).slice(0, 121);
  const b = noise(2).slice(0, 121);
  const raw = a.map((_, i) => Math.exp(-(((i % 11) - 5) ** 2 + (Math.trunc(i / 11) - 5) ** 2) / 4.5));
  const sum = raw.reduce((x, y) => x + y, 0);
  const mean = (f: (i: number) => number) => raw.reduce((total, w, i) => total + (w / sum) * f(i), 0);
  const at = (image: number[]) => (i: number) => image[i] as number;
  const [ma, mb] = [mean(at(a)), mean(at(b))];
  const va = mean((i) => at(a)(i) ** 2) - ma ** 2;
  const vb = mean((i) => at(b)(i) ** 2) - mb ** 2;
  const cov = mean((i) => at(a)(i) * at(b)(i)) - ma * mb;
  const expected = ((2 * ma * mb + 1e-4) * (2 * cov + 9e-4)) / ((ma ** 2 + mb ** 2 + 1e-4) * (va + vb + 9e-4));
  expect(similarity(a, b, { channels: 1, height: 11, width: 11 })).toBeCloseTo(expected, 12);
});

it('has a window whose size is a parameter; smaller images are not measured', () => {
  const window = ssim.params.parse({ taps: 13 });
  const image = Float32Array.from(noise(1));
  expect(ssim.measure({ image, truth: image, size }, window)).toBeNull();
  expect(ssim.measure({ image, truth: image, size: { ...size, width: 14, height: 12 } }, ssim.params.parse({}))).toBe(
    1,
  );
  expect(() => similarity([1], [1], { channels: 1, height: 1, width: 1 })).toThrow(RangeError);
});
