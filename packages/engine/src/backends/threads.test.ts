import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { defaultThreads } from './threads.ts';

test.each([
  ['3', 3],
  ['0', availableParallelism()],
  ['-1', availableParallelism()],
  ['1.5', availableParallelism()],
  ['many', availableParallelism()],
  ['', availableParallelism()],
])('LEAKSCOPE_THREADS=%j gives %d', (value, threads) => {
  expect(defaultThreads(value)).toBe(threads);
});
