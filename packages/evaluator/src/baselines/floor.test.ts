import { openDataset } from '@leakscope/data';
import { seeded } from '@leakscope/shared/random';
import { expect, it } from 'vitest';
import { compareFaces, type Rendered, type TrueFace } from '../metrics/compare.ts';
import type { ImageMetrics } from '../metrics/registry.ts';
import { chooseFloor, floorsOf, type LabelFloor, pictureOf } from './floor.ts';

const size = { channels: 3, height: 32, width: 32 };
const compare = (candidate: Rendered, truth: TrueFace) => compareFaces(candidate, truth, { size });
const flat = (value: number): Float32Array => new Float32Array(3072).fill(value);
const face = (value: number) => ({ image: flat(value), attributes: {}, features: Float32Array.of(value) });
const floorOf = (floor: LabelFloor, truth: TrueFace) => floorsOf([{ face: truth, floor }], compare)[0] as ImageMetrics;
const floors = (prior: readonly number[], mean: number) =>
  new Map([
    ['mean-face' as const, [face(mean)]],
    ['prior' as const, prior.map(face)],
  ]);

it('takes per metric the better source, as other public faces say, never the victim', () => {
  // Public faces lie around 0: the mean face is better there, so it is taken for a victim that a random draw would fit better.
  const floor = chooseFloor(floors([0.8, -0.8], 0), [face(0.1), face(-0.1)], compare);
  expect(floor.source.mse11).toBe('mean-face');
  expect(floorOf(floor, face(0.8)).mse11).toBeCloseTo(0.64, 6);
  expect(floorOf(floor, face(0.8)).mseR).toBeCloseTo(0.64, 6);
  expect(pictureOf(floor)).toEqual(flat(0));
});

it('is the expectation over draws where the prior is better', () => {
  const floor = chooseFloor(floors([0.5, 0.7], -1), [face(0.6)], compare);
  expect(floor.source.mse11).toBe('prior');
  expect(floorOf(floor, face(0.6)).mse11).toBeCloseTo(0.01, 6);
  expect(floorOf(floor, face(0)).mse11).toBeCloseTo((0.25 + 0.49) / 2, 6);
  expect(pictureOf(floor)).toEqual(flat(0.5));
});

it('gives each face of a batch a draw of its own, as an attack does', () => {
  const floor = chooseFloor(floors([0.5, 0.7, 0, 0.1], -1), [face(0.6)], compare);
  const batch = [
    { face: face(0.6), floor },
    { face: face(0.45), floor },
  ];
  // Of draws .5 and .7 the first face gets .7, since the other has need of .5; of 0 and .1 it gets .1.
  const [first, second] = floorsOf(batch, compare) as [ImageMetrics, ImageMetrics];
  expect(first.mse11).toBeCloseTo((0.01 + 0.25) / 2, 6);
  expect(second.mse11).toBeCloseTo((0.0025 + 0.2025) / 2, 6);
});

it('shows its images again to a batch of more faces than it has', () => {
  const floor = chooseFloor(floors([0.5, 0.7], -1), [face(0.6)], compare);
  const batch = [0, 0, 0].map((value) => ({ face: face(value), floor }));
  const errors = floorsOf(batch, compare).map((metrics) => metrics?.mse11);
  expect(errors.toSorted()).toEqual([0.25, 0.25, 0.49].map((value) => expect.closeTo(value, 6)));
});

it('is the one floor that there is, and none where there is none', () => {
  const only = chooseFloor(new Map([['mean-face', [face(0.2)]]]), [face(0)], compare);
  expect(new Set(Object.values(only.source))).toEqual(new Set(['mean-face']));
  expect(floorOf(only, face(0)).mse11).toBeCloseTo(0.04, 6);
  const drawn = chooseFloor(new Map([['prior', [face(0.2)]]]), [], compare);
  expect(floorOf(drawn, face(0)).mse11).toBeCloseTo(0.04, 6);
  expect(floorsOf([{ face: face(0), floor: null }], compare)).toEqual([null]);
});

it('an attack that shows random public faces stays below the floor', async () => {
  const faces = await openDataset({ source: 'synthetic-faces', sizes: { public: 80, clients: 1, evaluation: 1 } });
  const women = faces.partition('public').filter((i) => faces.label(i) === 0);
  const examples = await Promise.all(women.map((i) => faces.example(i)));
  const mean = flat(0).map(
    (_, k) => examples.reduce((sum, { image }) => sum + (image[k] as number), 0) / examples.length,
  );
  const mixed = seeded(1).shuffle(examples);
  const images = new Map<'mean-face' | 'prior', Rendered[]>([
    ['mean-face', [{ image: mean }]],
    ['prior', mixed.slice(0, 8)],
  ]);
  const floor = chooseFloor(images, mixed.slice(8, 12), compare);
  // Each victim is answered with the next one's face.
  const victims = mixed.slice(12, 24);
  const leaks = victims.map((victim, k) => {
    const shown = victims[(k + 1) % victims.length] as (typeof victims)[number];
    return 1 - compare(shown, victim).mse11 / floorOf(floor, victim).mse11;
  });
  expect(leaks.reduce((a, b) => a + b, 0) / leaks.length).toBeLessThan(0);
});
