import { describe, expect, test } from 'vitest';
import { compile, EXECUTORS, openSession } from '../index.ts';
import * as tf from '../tf.ts';
import { whyUntested } from './tested.ts';

/** A generator of values in [0.5, 1.5), so that no cancellation hides an error. */
function values(count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => 0.5 + ((i * 0x9e3779b1) >>> 0) / 2 ** 32);
}

/** Sums in float64, laid out as the kept axes are. */
function expectedSums(data: Float32Array, shape: readonly number[], axes: readonly number[]): number[] {
  const sums = new Map<string, number>();
  data.forEach((value, flat) => {
    let rest = flat;
    const index = [...shape].reverse().map((side) => {
      const at = rest % side;
      rest = (rest - at) / side;
      return at;
    });
    const key = index
      .reverse()
      .filter((_, axis) => !axes.includes(axis))
      .join();
    sums.set(key, (sums.get(key) ?? 0) + value);
  });
  return [...sums.values()];
}

for (const executor of EXECUTORS.filter((name) => name !== 'eager')) {
  const missing = whyUntested(executor);
  describe.skipIf(missing)(`sums on ${executor} keep float32 accuracy${missing ? `: ${missing}` : ''}`, () => {
    test.each<[number[], number[]]>([
      [[3_000_000], [0]],
      [[1_000_003], [0]], // a prime
      [
        [2 * 1_009, 7],
        [0, 1],
      ],
      [
        [5, 3, 40, 50],
        [2, 3],
      ],
      [
        [5, 3, 40, 50],
        [0, 2, 3],
      ],
      [
        [5, 3, 40, 50],
        [1, 3],
      ],
      [[4, 1, 3_000, 1], [2]],
      [[2, 3], [1]],
      [[2_000, 3], [0]],
    ])('%j over %j', async (shape, axes) => {
      const program = compile({
        name: `sum over ${axes}`,
        inputs: { x: shape },
        fn: ({ x }) => ({ outputs: { sum: tf.sum(x as tf.Tensor, axes) } }),
      });
      const session = await openSession(program, { executor });
      try {
        const data = values(shape.reduce((a, b) => a * b));
        const { sum: sums = new Float32Array() } = await session.run({ x: data });
        const expected = expectedSums(data, shape, axes);
        expect(sums).toHaveLength(expected.length);
        sums.forEach((sum, i) => {
          expect(Math.abs(sum / (expected[i] as number) - 1)).toBeLessThan(2e-6);
        });
      } finally {
        await session.release();
      }
    });
  });
}
