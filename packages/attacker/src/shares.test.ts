import { expect, test } from 'vitest';
import { chooseSize } from './shares.ts';

/** Seconds of a call at each size. */
const machine = (calls: Record<number, number>) => {
  const asked: number[] = [];
  const seconds = async (size: number): Promise<number> => {
    asked.push(size);
    return calls[size] as number;
  };
  return { asked, seconds };
};

test('grows while an update gets faster by more than a twentieth', async () => {
  const { asked, seconds } = machine({ 1: 1, 2: 1.5, 4: 2.4, 8: 4.7 });
  expect(await chooseSize(seconds)).toEqual({ size: 4, seconds: { 1: 1, 2: 0.75, 4: 0.6, 8: 0.5875 } });
  expect(asked).toEqual([1, 2, 4, 8]);
});

test('stays alone where nothing is gained, and asks no further', async () => {
  const { asked, seconds } = machine({ 1: 1, 2: 1.95 });
  expect((await chooseSize(seconds)).size).toBe(1);
  expect(asked).toEqual([1, 2]);
});

test('takes the largest that is tried where each is worth it', async () => {
  expect((await chooseSize(machine({ 1: 1, 2: 1.1, 4: 1.2, 8: 1.3 }).seconds)).size).toBe(8);
});
