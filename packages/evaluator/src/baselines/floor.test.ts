import { openDataset } from '@leakscope/data';
import { seeded } from '@leakscope/shared/random';
import { expect, it } from 'vitest';
import { trainJudge } from '../metrics/attribute-judge.ts';
import { compareFaces, compareImages, GREATEST_PSNR } from '../metrics/compare.ts';
import { METRIC_NAMES } from '../record.ts';
import { createFloor } from './floor.ts';

const size = { channels: 3, height: 32, width: 32 };
const judge = trainJudge([], [], 1);
const flat = (value: number): Float32Array => new Float32Array(3072).fill(value);
const face = (value: number) => ({ image: flat(value), attributes: {}, features: Float32Array.of(value) });

it('takes per metric the better source, as other public faces say, never the victim', () => {
  // Public faces lie around 0: the mean face is better there, so it is taken for a victim that a random draw would fit better.
  const floor = createFloor({
    prior: [face(0.8), face(-0.8)],
    meanFace: face(0),
    references: [face(0.1), face(-0.1)],
    size,
    judge,
  });
  expect(floor.source.mse11).toBe('mean-face');
  expect(floor.of(face(0.8)).mse11).toBeCloseTo(0.64, 6);
  expect(floor.of(face(0.8)).mseR).toBeCloseTo(0.64, 6);
  expect(floor.picture).toEqual(flat(0));
});

it('is the expectation over draws where the prior is better', () => {
  const floor = createFloor({
    prior: [face(0.5), face(0.7)],
    meanFace: face(-1),
    references: [face(0.6)],
    size,
    judge,
  });
  expect(floor.source.mse11).toBe('prior');
  expect(floor.of(face(0.6)).mse11).toBeCloseTo(0.01, 6);
  expect(floor.of(face(0)).mse11).toBeCloseTo((0.25 + 0.49) / 2, 6);
  // Of two images at once the nearer counts, as it would for an attack on a batch of two.
  expect(floor.of(face(0), 2).mse11).toBeCloseTo(0.25, 6);
});

it('is the mean face without a generator', () => {
  const floor = createFloor({ prior: [], meanFace: face(0.2), references: [face(0)], size, judge });
  expect(METRIC_NAMES.every((name) => floor.source[name] === 'mean-face')).toBe(true);
  expect(floor.of(face(0)).mse11).toBeCloseTo(0.04, 6);
});

it('an attack that shows random public faces stays below the floor', async () => {
  const faces = await openDataset({ source: 'synthetic-faces', sizes: { public: 80, clients: 1, evaluation: 1 } });
  const women = faces.partition('public').filter((i) => faces.label(i) === 0);
  const examples = await Promise.all(women.map((i) => faces.example(i)));
  const mean = flat(0).map(
    (_, k) => examples.reduce((sum, { image }) => sum + (image[k] as number), 0) / examples.length,
  );
  const mixed = seeded(1).shuffle(examples);
  const floor = createFloor({
    prior: mixed.slice(0, 8),
    meanFace: { image: mean },
    references: mixed.slice(8, 12),
    size,
    judge,
  });
  // Each victim is answered with the next one's face.
  const victims = mixed.slice(12, 24);
  const leaks = victims.map((victim, k) => {
    const shown = victims[(k + 1) % victims.length] as (typeof victims)[number];
    return 1 - compareFaces(shown, victim, size, judge).mse11 / floor.of(victim).mse11;
  });
  expect(leaks.reduce((a, b) => a + b, 0) / leaks.length).toBeLessThan(0);
});

it('gives an exact copy a finite ratio', () => {
  const { mse11, psnr11, ssim } = compareImages(flat(0.3), flat(0.3), size);
  expect([mse11, psnr11]).toEqual([0, GREATEST_PSNR]);
  expect(ssim).toBeCloseTo(1, 12);
  const pixel = flat(0.3).slice(0, 3);
  expect(compareImages(pixel, pixel, { channels: 3, height: 1, width: 1 }).ssim).toBeNull();
});
