import { seeded } from '@leakscope/shared/random';
import { expect, test } from 'vitest';
import { createBackoff } from './backoff.ts';

test('grows on average, stays under its limit, starts anew after a success', () => {
  const waits = Array.from({ length: 200 }, (_, seed) => {
    const backoff = createBackoff(seeded(seed), { firstMs: 100, limitMs: 2_000 });
    return Array.from({ length: 8 }, () => backoff.next());
  });
  const mean = (attempt: number) => waits.reduce((sum, w) => sum + (w[attempt] ?? 0), 0) / waits.length;
  expect(mean(3)).toBeGreaterThan(2 * mean(0));
  expect(Math.max(...waits.flat())).toBeLessThan(2_000);
  expect(Math.min(...waits.flat())).toBeGreaterThanOrEqual(20);

  const backoff = createBackoff(seeded(1), { firstMs: 100, limitMs: 2_000 });
  for (let i = 0; i < 10; i++) backoff.next();
  backoff.reset();
  expect(backoff.next()).toBeLessThan(100);
});
