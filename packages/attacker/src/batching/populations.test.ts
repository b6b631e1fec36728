import { classifier } from '@leakscope/models';
import { LeakscopeError } from '@leakscope/shared/errors';
import { expect, test } from 'vitest';
import { choosePopulation, evenly, largestPopulation, populationsFor, updatesIn } from './populations.ts';

const one = { candidates: 1, updates: [1, 2, 4], most: 64 };
/** Seconds of a call for each population. */
const machine = (calls: Record<number, number>) => async (size: number) => calls[size] as number;

test('takes the largest population where each is worth it', async () => {
  const seconds = { 1: 0.1, 2: 0.075, 4: 0.06 };
  expect(await choosePopulation(one, machine({ 1: 0.1, 2: 0.15, 4: 0.24 }))).toEqual({ size: 4, seconds });
});

test('goes past a population that gains nothing', async () => {
  expect((await choosePopulation(one, machine({ 1: 0.1, 2: 0.204, 4: 0.34 }))).size).toBe(4);
});

test('keeps the smaller of two that are within a twentieth', async () => {
  expect((await choosePopulation(one, machine({ 1: 0.1, 2: 0.195, 4: 0.39 }))).size).toBe(1);
  expect((await choosePopulation(one, machine({ 1: 0.1, 2: 0.16, 4: 0.31 }))).size).toBe(2);
});

test('parts of one update first, then several updates with all of theirs, up to 64 candidates', () => {
  const updates = [1, 2, 4];
  expect(populationsFor({ candidates: 1, updates, most: 64 })).toEqual([1, 2, 4]);
  expect(populationsFor({ candidates: 3, updates, most: 64 })).toEqual([1, 3, 6, 12]);
  expect(populationsFor({ candidates: 20, updates, most: 64 })).toEqual([1, 4, 10, 20, 40]);
  expect(populationsFor({ candidates: 50, updates, most: 64 })).toEqual([1, 4, 13, 50]);
  expect(populationsFor({ candidates: 100, updates, most: 64 })).toEqual([1, 4, 15, 50]);
  expect(populationsFor({ candidates: 100, updates: [1], most: 64 })).toEqual([1, 4, 15, 50]);
  expect(populationsFor({ candidates: 1, updates: [1], most: 64 })).toEqual([1]);
  expect(populationsFor({ candidates: 50, updates, most: 8 })).toEqual([1, 4, 8]);
  expect(populationsFor({ candidates: 1, updates, most: 4 })).toEqual([1, 2, 4]);
});

test('a population that is chosen says how many updates there are, and how many candidates of each', () => {
  expect([1, 4, 13, 50].map((size) => updatesIn(size, 50))).toEqual([1, 1, 1, 1]);
  expect([1, 3, 6, 12].map((size) => updatesIn(size, 3))).toEqual([1, 1, 2, 4]);
  expect([0, 1, 4, 16, 64].map((most) => evenly(50, most))).toEqual([1, 1, 4, 13, 50]);
});

test('a step of several calls counts all of them, with what fills the last one up', async () => {
  const calls = machine({ 1: 0.03125, 4: 0.0625, 13: 0.203125, 50: 0.75 });
  const found = await choosePopulation({ candidates: 50, updates: [1, 2, 4], most: 64 }, calls);
  expect(found).toEqual({ size: 50, seconds: { 1: 1.5625, 4: 0.8125, 13: 0.8125, 50: 0.75 } });
  const two = await choosePopulation(
    { candidates: 3, updates: [1, 2], most: 64 },
    machine({ 1: 0.25, 3: 0.375, 6: 0.5 }),
  );
  expect(two).toEqual({ size: 6, seconds: { 1: 0.75, 3: 0.375, 6: 0.25 } });
});

test('what would take long in one call is not tried: it keeps the machine busy anyway', async () => {
  const { seconds } = await choosePopulation({ ...one, candidates: 50 }, machine({ 1: 0.25, 4: 0.5, 13: 1.625 }));
  expect(Object.keys(seconds)).toEqual(['1', '4', '13']);
  expect((await choosePopulation(one, machine({ 1: 3 }))).size).toBe(1);
});

test('a device that has no memory for a population keeps the best of the smaller ones', async () => {
  const full = new LeakscopeError('ENGINE_DEVICE_MEMORY', { executor: 'onnx-cuda', program: 'p', reason: 'r' });
  const device = (from: number) => async (size: number) => {
    if (size >= from) throw full;
    return 0.1;
  };
  const gpu = { ...one, updates: [1, 2, 4, 8, 16] };
  expect(await choosePopulation(gpu, device(8))).toEqual({ size: 4, seconds: { 1: 0.1, 2: 0.05, 4: 0.025 } });
  await expect(choosePopulation(gpu, device(1))).rejects.toBe(full);
  const broken = new Error('broken');
  await expect(choosePopulation(gpu, (size) => (size > 2 ? Promise.reject(broken) : device(8)(size)))).rejects.toBe(
    broken,
  );
});

test('the larger the images, the fewer candidates', () => {
  expect(largestPopulation(classifier('resnet18-cifar', { classes: 2, resolution: 32 }), 1)).toBe(64);
  expect(largestPopulation(classifier('resnet18-cifar', { classes: 2, resolution: 32 }), 8)).toBe(8);
  expect(largestPopulation(classifier('resnet18-imagenet', { classes: 2, resolution: 224 }), 8)).toBe(4);
});
