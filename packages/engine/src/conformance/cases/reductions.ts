/** Cases of operations that reduce axes. */
import * as ops from '../../ops/index.ts';
import * as tf from '../../tf.ts';
import { kinked, type OpCase, unary } from './op-case.ts';

export const reductions: OpCase[] = [
  unary('sum', (x) => tf.square(tf.sum(x, 1))),
  unary('sum (all)', (x) => tf.square(tf.sum(x))),
  unary('mean', (x) => tf.square(tf.mean(x, 0, true))),
  unary('max', (x) => tf.square(tf.max(x, 1)), kinked),
  unary('min', (x) => tf.square(tf.min(x, 0)), kinked),
  unary(
    'argMax, oneHot mask',
    (x) => {
      const best = tf.cast(tf.expandDims(tf.argMax(x, 1), 1), 'float32');
      return tf.mul(tf.square(x), best);
    },
    kinked,
  ),
  unary('argMin', (x) => tf.mul(tf.square(x), tf.cast(tf.expandDims(tf.argMin(x, 0), 0), 'float32')), kinked),
  unary('softmax', (x) => tf.softmax(x)),
  unary('logSoftmax', (x) => ops.logSoftmax(x)),
  unary('logSumExp', (x) => ops.logSumExp(x)),
  unary('softmaxCrossEntropy', (x) => {
    const labels = tf.tensor2d([0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0], [3, 7]);
    return tf.square(ops.softmaxCrossEntropy(x, labels));
  }),
];
