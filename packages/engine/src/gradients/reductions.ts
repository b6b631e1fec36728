/** Gradients of kernels that reduce axes. */
import * as tf from '@tensorflow/tfjs-core';
import type { TfjsKernel } from '../kernels/names.ts';
import { type Dy, mask, type Row, unary } from './row.ts';

/** Views `dy` of a reduction over `axes` so that it broadcasts over `x` again. */
function keepAxes(dy: Dy, x: tf.Tensor, axes: number[]): tf.Tensor {
  return tf.reshape(
    dy,
    x.shape.map((size, i) => (axes.includes(i) ? 1 : size)),
  );
}

const axesOf = (x: tf.Tensor, attrs: tf.NamedAttrMap): number[] =>
  tf.util.parseAxisParam((attrs.reductionIndices ?? attrs.axis) as number | number[], x.shape);

/** Max and min: to every entry that equals the extreme. */
const extreme = (reduce: (x: tf.Tensor, axis: number[], keepDims: boolean) => tf.Tensor): Row =>
  unary((dy, x, attrs) => {
    const axes = axesOf(x, attrs);
    return tf.mul(keepAxes(dy, x, axes), mask(tf.equal(x, reduce(x, axes, true))));
  });

export const reductions = {
  [tf.Sum]: unary((dy, x, attrs) => tf.mul(keepAxes(dy, x, axesOf(x, attrs)), tf.ones(x.shape))),
  [tf.Mean]: unary((dy, x, attrs) => {
    const axes = axesOf(x, attrs);
    const count = axes.reduce((product, axis) => product * (x.shape[axis] as number), 1);
    return tf.mul(keepAxes(dy, x, axes), tf.fill(x.shape, 1 / count));
  }),
  [tf.Max]: extreme(tf.max),
  [tf.Min]: extreme(tf.min),
  [tf.Softmax]: {
    inputsToSave: ['logits'],
    gradFunc: (dy, [logits], { dim }) => ({
      logits: () => {
        const y = tf.softmax(logits as tf.Tensor, dim as number);
        const weighted = tf.mul(dy as Dy, y);
        return tf.sub(weighted, tf.mul(tf.sum(weighted, dim as number, true), y));
      },
    }),
  },
} satisfies Partial<Record<TfjsKernel, Row>>;
