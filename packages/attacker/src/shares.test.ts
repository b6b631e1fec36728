import { expect, test } from 'vitest';
import { chooseSize } from './shares.ts';

/** Seconds of a call at each size. */
const machine = (calls: Record<number, number>) => async (size: number) => calls[size] as number;

test('takes the largest size where each is worth it', async () => {
  const seconds = { 1: 1, 2: 0.75, 4: 0.6 };
  expect(await chooseSize(machine({ 1: 1, 2: 1.5, 4: 2.4 }))).toEqual({ size: 4, seconds });
});

test('goes past a size that gains nothing', async () => {
  expect((await chooseSize(machine({ 1: 1, 2: 2.04, 4: 3.4 }))).size).toBe(4);
});

test('keeps the smaller of two that are within a twentieth', async () => {
  expect((await chooseSize(machine({ 1: 1, 2: 1.95, 4: 3.9 }))).size).toBe(1);
  expect((await chooseSize(machine({ 1: 1, 2: 1.6, 4: 3.1 }))).size).toBe(2);
});
