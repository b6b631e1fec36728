import { describe, expect, test } from 'vitest';
import { compile } from '../index.ts';
import { conv2d } from '../ops/index.ts';
import * as tf from '../tf.ts';
import { isOnSmallMaps } from './small-maps.ts';

const convolutions = (sides: readonly number[]) =>
  compile({
    name: `small-maps/${sides}`,
    inputs: Object.fromEntries(sides.map((side, i) => [`x${i}`, [8, 16, side, side]])),
    bound: { w: [16, 16, 3, 3] },
    fn: (tensors) => ({
      outputs: Object.fromEntries(
        sides.map((_, i) => [`y${i}`, conv2d(tensors[`x${i}`] as tf.Tensor, tensors.w as tf.Tensor, { padding: 1 })]),
      ),
    }),
  }).graph;

describe('isOnSmallMaps', () => {
  test.each([
    [[4], true],
    [[32], false],
    [[2, 32], false],
    [[4, 4, 5], true],
  ] as const)('maps of %j: %s', (sides, expected) => {
    expect(isOnSmallMaps(convolutions(sides))).toBe(expected);
  });

  test('a program without convolutions is not', () => {
    const { graph } = compile({
      name: 'small-maps/none',
      inputs: { x: [2] },
      fn: ({ x }) => ({ outputs: { y: tf.square(x as tf.Tensor) } }),
    });
    expect(isOnSmallMaps(graph)).toBe(false);
  });
});
