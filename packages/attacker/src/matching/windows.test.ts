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

/** Images large enough for pairs to be shifted by convolutions. */
const large: WindowGeometry[] = [
  { input: [16, 16], output: [16, 16], size: 3, stride: 1, padding: 1 },
  { input: [18, 15], output: [16, 13], size: 3, stride: 1, padding: 0 },
  { input: [16, 17], output: [18, 19], size: 3, stride: 1, padding: 2 },
  { input: [20, 13], output: [20, 13], size: 5, stride: 1, padding: 2 },
];

const each = (property: (g: WindowGeometry, images: number) => void): void => {
  fc.assert(fc.property(geometry, fc.constantFrom(1, 2), property), { numRuns: 60 });
  for (const g of large) property(g, g.size === 3 && g.padding === 1 ? 2 : 1);
};

test("windows of the pixels' Gram matrix are the Gram matrix of the windows", () => {
  each((g, images) => {
    tf.tidy(() => {
      const x = values('x', ...g.input).of([images, 3, ...g.input]);
      const flat = tf.reshape(tf.transpose(x, [1, 0, 2, 3]), [3, -1]);
      const pixels = tf.expandDims(tf.matMul(flat, flat, true, false), 0);
      const a = unfolded(x, g);
      const want = tf.matMul(a, a, true, false);
      const got = tf.reshape(windowGram(pixels, g, images), want.shape);
      expect(tf.max(tf.abs(tf.sub(got, want))).dataSync()[0]).toBeLessThan(1e-4);
    });
  });
});

test('spreading is the adjoint of taking windows', () => {
  each((g, images) => {
    tf.tidy(() => {
      const [p, q] = [images * g.input[0] * g.input[1], images * g.output[0] * g.output[1]];
      const [x, y] = [values('p').of([1, p, p]), values('q').of([1, q, q])];
      const left = tf.sum(tf.mul(windowGram(x, g, images), y)).dataSync()[0] as number;
      const right = tf.sum(tf.mul(x, spreadGram(y, g, images))).dataSync()[0] as number;
      // Sums of about q numbers of the order of 3.
      expect(Math.abs(left - right)).toBeLessThan(1e-4 * q);
    });
  });
});
