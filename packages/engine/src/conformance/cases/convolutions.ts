/** Cases of convolutions: every geometry that our models use, and those for which a backend takes a way of its own. */
import * as ops from '../../ops/index.ts';
import * as tf from '../../tf.ts';
import type { OpCase } from './op-case.ts';

/** Kernel, stride, padding, groups: every combination that ResNets and generators use, and the awkward ones beside. */
const CONVOLUTIONS: readonly (readonly [number, number, number, number])[] = [
  [1, 1, 0, 1],
  [1, 1, 1, 1],
  [1, 2, 0, 1],
  [1, 2, 1, 1],
  [3, 1, 1, 1],
  [3, 1, 0, 1],
  [3, 2, 1, 1],
  [3, 2, 0, 1],
  [4, 2, 1, 1],
  [7, 2, 3, 1],
  [7, 1, 1, 1],
  [3, 1, 1, 2],
  [3, 2, 1, 2],
  [1, 2, 0, 2],
];

/** Input channels, output channels, rows and columns, kernel, stride, padding, where kernels take ways of their own. */
const SPECIAL = [
  [4, 8, 4, 3, 2, 1], // the input gradient's phases have kernels as large as dy, and padding on one side
  [6, 4, 5, 3, 1, 1], // channels in threes
  [9, 8, 4, 3, 2, 1],
  [3, 4, 8, 7, 2, 3],
  [2, 3, 5, 1, 2, 0], // every second pixel, picked by a product
  [2, 3, 5, 1, 2, 1],
  [1, 2, 258, 1, 2, 0], // too wide for it
] as const;

/** Channels, each convolved by itself, kernel, stride and padding. */
const DEPTHWISE = [
  [5, 3, 1, 1],
  [16, 3, 1, 2],
  [16, 3, 2, 1],
  [3, 1, 2, 0],
  [64, 5, 1, 2],
] as const;

/** Rows, columns, kernel, stride and padding; a kernel of 3 over one pixel has taps that meet none. */
const BATCHES = [
  [5, 4, 3, 1, 1],
  [1, 1, 3, 1, 1],
  [2, 3, 3, 1, 1],
  [4, 6, 3, 1, 0],
  [4, 5, 5, 1, 2],
  [3, 3, 1, 1, 0],
  [6, 5, 3, 2, 1],
  [5, 6, 1, 2, 0],
  [2, 2, 2, 2, 0],
  [7, 4, 3, 3, 0],
  // Too large to be multiplied as a whole.
  [9, 8, 3, 1, 1],
  [8, 9, 5, 1, 2],
  [16, 12, 3, 2, 1],
] as const;

export const convolutions: OpCase[] = [
  ...CONVOLUTIONS.map(([kernel, stride, padding, groups]): OpCase => {
    const channels = 2 * groups;
    return {
      name: `conv2d k${kernel} s${stride} p${padding} g${groups}`,
      operands: [
        [2, channels, 9, 8],
        [4, 2, kernel, kernel],
      ],
      f: (x, w) => ops.conv2d(x as tf.Tensor, w as tf.Tensor, { stride, padding, groups }),
    };
  }),
  ...SPECIAL.map(
    ([from, to, side, kernel, stride, padding]): OpCase => ({
      name: `conv2d of ${from} to ${to} channels over ${side}x${side}, k${kernel} s${stride} p${padding}`,
      operands: [
        [1, from, side, side],
        [to, from, kernel, kernel],
      ],
      f: (x, w) => ops.conv2d(x as tf.Tensor, w as tf.Tensor, { stride, padding }),
    }),
  ),
  ...DEPTHWISE.map(
    ([channels, kernel, stride, padding]): OpCase => ({
      name: `conv2d of each of ${channels} channels by itself, k${kernel} s${stride} p${padding}`,
      operands: [
        [2, channels, 6, 5],
        [channels, 1, kernel, kernel],
      ],
      f: (x, w) => ops.conv2d(x as tf.Tensor, w as tf.Tensor, { stride, padding, groups: channels }),
    }),
  ),
  {
    name: 'conv2d, one large batch of small maps',
    operands: [
      [6, 8, 2, 2],
      [16, 8, 3, 3],
    ],
    f: (x, w) => ops.conv2d(x as tf.Tensor, w as tf.Tensor, { padding: 1 }),
  },
  ...BATCHES.map(
    ([rows, columns, kernel, stride, padding]): OpCase => ({
      name: `conv2d, a batch of nine of ${rows}x${columns}, k${kernel} s${stride} p${padding}`,
      operands: [
        [9, 3, rows, columns],
        [4, 3, kernel, kernel],
      ],
      f: (x, w) => ops.conv2d(x as tf.Tensor, w as tf.Tensor, { stride, padding }),
    }),
  ),
  {
    name: 'a residual block over a batch of small maps',
    operands: [[8, 3, 6, 5], [4, 3, 3, 3], [4, 4, 3, 3], [4, 3, 1, 1], [4]],
    f: (...operands) => {
      const [x, first, second, shortcut, gamma] = operands as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      const norm = (y: tf.Tensor): tf.Tensor => ops.batchNormTrain(y, gamma, tf.square(gamma)).y;
      const smooth = tf.tanh(norm(ops.conv2d(x, first, { stride: 2, padding: 1 })));
      const joined = tf.add(norm(ops.conv2d(smooth, second, { padding: 1 })), ops.conv2d(x, shortcut, { stride: 2 }));
      // What does not mind the order of axes, and what does.
      const [examples = 0, , height = 0] = joined.shape;
      const weighted = tf.mul(
        joined,
        tf.tensor4d(
          Array.from({ length: examples }, (_, i) => 0.5 + i / 8),
          [examples, 1, 1, 1],
        ),
      );
      const turned = tf.transpose(weighted, [1, 0, 3, 2]);
      const cut = tf.slice(weighted, [1, 0, 0, 0], [examples - 1, 4, height, 2]);
      const halves = tf.reshape(weighted, [examples, 2, -1]);
      return tf.concat([turned, cut, halves, tf.mean(weighted, [2, 3])].map((part) => tf.reshape(part, [-1])));
    },
  },
  ...[
    [2, 2, 0],
    [4, 2, 1],
    [3, 1, 1],
  ].map(
    ([kernel = 0, stride = 1, padding = 0]): OpCase => ({
      name: `convTranspose2d k${kernel} s${stride} p${padding}`,
      operands: [
        [2, 3, 5, 4],
        [3, 4, kernel, kernel],
      ],
      f: (x, w) => ops.convTranspose2d(x as tf.Tensor, w as tf.Tensor, { stride, padding }),
    }),
  ),
];
