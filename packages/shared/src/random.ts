/** Seeded random numbers: same seed and path, same draws, on every machine and whatever else draws. */
import { createHash } from 'node:crypto';
import { logarithm, normalQuantile } from './elementary.ts';

/**
 * One stream of draws. Every value comes from integer arithmetic and correctly rounded + - * / sqrt alone (never from
 * Math.log or Math.cos, whose last bit may differ between machines), so that streams are bit-equal everywhere.
 */
export interface Random {
  /** 32 random bits, as an integer in [0, 2^32). */
  bits(): number;
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number;
  /** Standard normal, by inversion: 52 random bits a draw. */
  normal(): number;
  /** Laplace with location 0 and scale 1 (variance 2). */
  laplace(): number;
  /** Uniform integer in [0, n), without modulo bias; n in [1, 2^32]. */
  int(n: number): number;
  /** A shuffled copy (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[];
  /** `n` standard normals, as float32. */
  normals(n: number): Float32Array;
}

/** xoshiro128** from a state of four words, not all zero (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2018). */
export function xoshiro128(a: number, b: number, c: number, d: number): () => number {
  return () => {
    const product = Math.imul(b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result;
  };
}

/**
 * The stream of `seed` at `path`: xoshiro128** whose state is the head of SHA-256 over both.
 * Give each component, client and round its own path, and no draw depends on the order in which they draw.
 */
export function seeded(seed: number | string, ...path: (string | number)[]): Random {
  // JSON tells 1 from '1' and ['ab'] from ['a', 'b'].
  const key = createHash('sha256')
    .update(JSON.stringify([seed, ...path]))
    .digest();
  const word = (i: number): number => key.readUInt32LE(4 * i);
  // The state must not be all zero: the top bit of the last word is set.
  const bits = xoshiro128(word(0), word(1), word(2), word(3) | 0x80000000);

  function uniform(): number {
    const high = bits() >>> 5;
    return (high * 0x4000000 + (bits() >>> 6)) / 0x20000000000000;
  }

  /** Uniform in (0, 1): the middle of one of 2^52 steps, so that a quantile function meets neither 0 nor 1. */
  function open(): number {
    const high = bits() >>> 6;
    return (high * 0x4000000 + (bits() >>> 6) + 0.5) / 0x10000000000000;
  }

  function normal(): number {
    return normalQuantile(open());
  }

  function laplace(): number {
    const u = open();
    return u < 0.5 ? logarithm(2 * u) : -logarithm(2 * (1 - u));
  }

  function int(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 0x100000000) throw new RangeError(`int(${n}): n must be in [1, 2^32]`);
    const limit = 0x100000000 - (0x100000000 % n);
    for (;;) {
      const draw = bits();
      if (draw < limit) return draw % n;
    }
  }

  function shuffle<T>(items: readonly T[]): T[] {
    const result = [...items];
    for (let i = result.length - 1; i > 0; i--) {
      const j = int(i + 1);
      const kept = result[i] as T;
      result[i] = result[j] as T;
      result[j] = kept;
    }
    return result;
  }

  function normals(n: number): Float32Array {
    const result = new Float32Array(n);
    for (let i = 0; i < n; i++) result[i] = normal();
    return result;
  }

  return { bits, uniform, normal, laplace, int, shuffle, normals };
}
