import { conv2d } from '@leakscope/engine/ops';
import * as tf from '@leakscope/engine/tf';
import { seeded } from '@leakscope/shared/random';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { spreadGram, type WindowGeometry, windowGram } from './windows.ts';

const values = (...path: (string | number)[]) => ({
  of: (shape: number[]) => tf.tensor(seeded('windows', ...path).normals(shape.reduce((a, b) => a * b, 1)), shape),
});

/** [C k k, positions] by a convolution with one-hot filters. */
function unfolded(x: tf.Tensor, { size, stride, padding }: WindowGeometry): tf.Tensor {
  const channels = x.shape[1] as number;
  const taps = size * size;
  const filters = tf.reshape(tf.tile(tf.eye(taps), [channels, 1]), [channels * taps, 1, size, size]);
  const y = conv2d(x, filters, { stride, padding, groups: channels });
  return tf.reshape(tf.transpose(y, [1, 0, 2, 3]), [channels * taps, -1]);
}

const geometry = fc
  .record({
    h: fc.integer({ min: 1, max: 9 }),
    w: fc.integer({ min: 1, max: 6 }),
    size: fc.constantFrom(1, 3, 5),
    stride: fc.constantFrom(1, 2),
  })
  .map(({ h, w, size, stride }): WindowGeometry => {
    const padding = (size - 1) / 2;
    const out = (n: number) => Math.floor((n + 2 * padding - size) / stride) + 1;
    return { input: [h, w], output: [out(h), out(w)], size, stride, padding };
  });

test("windows of the pixels' Gram matrix are the Gram matrix of the windows", () => {
  fc.assert(
    fc.property(geometry, fc.constantFrom(1, 2), (g, images) => {
      tf.tidy(() => {
        const x = values('x', ...g.input).of([images, 3, ...g.input]);
        const flat = tf.reshape(tf.transpose(x, [1, 0, 2, 3]), [3, -1]);
        const pixels = tf.expandDims(tf.matMul(flat, flat, true, false), 0);
        const a = unfolded(x, g);
        const want = tf.matMul(a, a, true, false);
        const got = tf.reshape(windowGram(pixels, g, images), want.shape);
        expect(tf.max(tf.abs(tf.sub(got, want))).dataSync()[0]).toBeLessThan(1e-4);
      });
    }),
    { numRuns: 60 },
  );
});

test('spreading is the adjoint of taking windows', () => {
  fc.assert(
    fc.property(geometry, fc.constantFrom(1, 2), (g, images) => {
      tf.tidy(() => {
        const [p, q] = [images * g.input[0] * g.input[1], images * g.output[0] * g.output[1]];
        const [x, y] = [values('p').of([1, p, p]), values('q').of([1, q, q])];
        const left = tf.sum(tf.mul(windowGram(x, g, images), y)).dataSync()[0] as number;
        const right = tf.sum(tf.mul(x, spreadGram(y, g, images))).dataSync()[0] as number;
        expect(left).toBeCloseTo(right, 2);
      });
    }),
    { numRuns: 60 },
  );
});
