/** Waiting times between attempts to reconnect: exponential with full jitter, so that clients that lost a server together do not return together. */
import type { Random } from '@leakscope/shared/random';

interface BackoffOptions {
  /** Milliseconds before the first attempt, at most; default 250. */
  firstMs?: number;
  /** Milliseconds between attempts, at most; default 10,000. */
  limitMs?: number;
}

/** `next()` draws from [0, min(limit, first * 2^failures)), never below a fifth of `firstMs`; `reset()` after a success. */
export function createBackoff(random: Random, { firstMs = 250, limitMs = 10_000 }: BackoffOptions = {}) {
  let failures = 0;
  return {
    next(): number {
      const ceiling = Math.min(limitMs, firstMs * 2 ** failures++);
      return Math.max(firstMs / 5, ceiling * random.uniform());
    },
    reset(): void {
      failures = 0;
    },
  };
}
