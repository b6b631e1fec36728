/** Cases of operations that move values about. */
import * as ops from '../../ops/index.ts';
import * as tf from '../../tf.ts';
import { IMAGE, kinked, type OpCase, unary, V } from './op-case.ts';

export const movement: OpCase[] = [
  unary('reshape', (x) => tf.square(tf.reshape(x, [7, 3]))),
  unary('expandDims', (x) => tf.square(tf.expandDims(x, 1))),
  unary('transpose', (x) => tf.square(tf.transpose(x))),
  { name: 'transpose (4-D)', operands: [IMAGE], f: (x) => tf.square(tf.transpose(x as tf.Tensor, [2, 0, 3, 1])) },
  unary('slice', (x) => tf.square(tf.slice(x, [1, 2], [2, 3]))),
  unary('pad', (x) =>
    tf.square(
      tf.pad(
        x,
        [
          [1, 0],
          [2, 1],
        ],
        0.5,
      ),
    ),
  ),
  unary('tile', (x) => tf.square(tf.tile(x, [2, 3]))),
  unary('broadcastTo', (x) => tf.square(tf.broadcastTo(tf.reshape(x, [3, 1, 7]), [3, 4, 7]))),
  unary('reverse', (x) => tf.mul(x, tf.reverse(x, 1))),
  unary('split', (x) => {
    const [a, b, c] = tf.split(x, [2, 4, 1], 1) as [tf.Tensor, tf.Tensor, tf.Tensor];
    return tf.mul(tf.sum(a), tf.mul(tf.sum(b), tf.sum(c)));
  }),
  unary('unstack, stack', (x) => {
    const [a, b, c] = tf.unstack(x) as [tf.Tensor, tf.Tensor, tf.Tensor];
    return tf.stack([tf.mul(a, b), tf.mul(b, c), tf.mul(c, a)], 1);
  }),
  { name: 'concat', operands: [V, [3, 2]], f: (a, b) => tf.square(tf.concat([a as tf.Tensor, b as tf.Tensor], 1)) },
  unary('stopGradient', (x) => tf.mul(x, ops.stopGradient(tf.square(x))), kinked),
];
