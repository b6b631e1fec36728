/** Every operation a tensor program may use, as the cases that each executor must agree on: value, gradient and second order. */
import * as ops from '../ops.ts';
import * as tf from '../tf.ts';

export interface OpCase {
  name: string;
  /** Shapes of the operands; all of them are differentiated. */
  operands: readonly (readonly number[])[];
  f: (...operands: tf.Tensor[]) => tf.Tensor;
  /** Where operands are drawn: N(0, 1), or (0.5, 2) for functions of positive numbers. */
  domain?: 'normal' | 'positive';
  /** Piecewise functions are not checked by finite differences, which may step over a kink. */
  smooth?: boolean;
}

const V = [3, 7];
const IMAGE = [2, 3, 9, 8];

const unary = (name: string, f: (x: tf.Tensor) => tf.Tensor, rest: Partial<OpCase> = {}): OpCase => ({
  name,
  operands: [V],
  f: (x) => f(x as tf.Tensor),
  ...rest,
});

const binary = (name: string, f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, rest: Partial<OpCase> = {}): OpCase[] => [
  { name, operands: [V, V], f: (a, b) => f(a as tf.Tensor, b as tf.Tensor), ...rest },
  { name: `${name} (row)`, operands: [V, [7]], f: (a, b) => f(a as tf.Tensor, b as tf.Tensor), ...rest },
  { name: `${name} (column)`, operands: [[3, 1], V], f: (a, b) => f(a as tf.Tensor, b as tf.Tensor), ...rest },
];

const kinked = { smooth: false } as const;
const positive = { domain: 'positive' } as const;

const elementwise: OpCase[] = [
  unary('abs', tf.abs, kinked),
  unary('neg', tf.neg),
  unary('square', tf.square),
  unary('sqrt', tf.sqrt, positive),
  unary('rsqrt', tf.rsqrt, positive),
  unary('reciprocal', tf.reciprocal, positive),
  unary('exp', tf.exp),
  unary('expm1', tf.expm1),
  unary('log', tf.log, positive),
  unary('log1p', tf.log1p, positive),
  unary('sin', tf.sin),
  unary('cos', tf.cos),
  unary('tanh', tf.tanh),
  unary('sigmoid', tf.sigmoid),
  unary('softplus', tf.softplus),
  unary('erf', tf.erf),
  unary('relu', tf.relu, kinked),
  unary('relu squared', (x) => tf.square(tf.relu(x)), kinked),
  unary('leakyRelu (tfjs)', (x) => tf.square(tf.leakyRelu(x, 0.2)), kinked),
  unary('leakyRelu', (x) => tf.square(ops.leakyRelu(x, 0.2)), kinked),
  unary('elu', (x) => tf.square(tf.elu(x)), kinked),
  unary('clipByValue', (x) => tf.square(tf.clipByValue(x, -0.8, 0.9)), kinked),
  unary(
    'step, sign, floor, ceil, round',
    (x) => tf.mul(x, tf.addN([tf.step(x), tf.sign(x), tf.floor(x), tf.ceil(x), tf.round(x)])),
    kinked,
  ),
  unary('where', (x) => tf.where(tf.greater(x, 0.1), tf.square(x), tf.mul(x, 3)), kinked),
  unary(
    'comparisons',
    (x) => {
      const masks = [tf.greater, tf.greaterEqual, tf.less, tf.lessEqual, tf.equal, tf.notEqual].map((compare, i) =>
        tf.mul(tf.cast(compare(x, tf.scalar(0.2)), 'float32'), i + 1),
      );
      return tf.mul(tf.square(x), tf.addN(masks));
    },
    kinked,
  ),
  unary(
    'logical',
    (x) => {
      const [a, b] = [tf.greater(x, -0.5), tf.less(x, 0.5)];
      return tf.mul(tf.square(x), tf.cast(tf.logicalOr(tf.logicalAnd(a, b), tf.logicalNot(b)), 'float32'));
    },
    kinked,
  ),
  ...binary('add', tf.add),
  ...binary('sub', tf.sub),
  ...binary('mul', tf.mul),
  ...binary('div', tf.div, positive),
  ...binary('squaredDifference', tf.squaredDifference),
  ...binary('maximum', (a, b) => tf.square(tf.maximum(a, b)), kinked),
  ...binary('minimum', (a, b) => tf.square(tf.minimum(a, b)), kinked),
  ...binary('pow', tf.pow, positive),
];

const reductions: OpCase[] = [
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

const movement: OpCase[] = [
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

const matMul = (name: string, a: number[], b: number[], ta = false, tb = false): OpCase => ({
  name: `matMul ${name}`,
  operands: [a, b],
  f: (x, y) => tf.matMul(x as tf.Tensor, y as tf.Tensor, ta, tb),
});

const products: OpCase[] = [
  matMul('nn', [3, 5], [5, 4]),
  matMul('tn', [5, 3], [5, 4], true),
  matMul('nt', [3, 5], [4, 5], false, true),
  matMul('tt', [5, 3], [4, 5], true, true),
  matMul('batched nt', [2, 3, 5], [2, 4, 5], false, true),
  matMul('batched tn', [2, 5, 3], [2, 5, 4], true),
  { name: 'linear', operands: [[3, 5], [4, 5], [4]], f: (x, w, b) => ops.linear(x as tf.Tensor, w as tf.Tensor, b) },
];

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

const convolutions: OpCase[] = [
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

const image = (name: string, f: (x: tf.Tensor) => tf.Tensor, rest: Partial<OpCase> = {}): OpCase => ({
  name,
  operands: [IMAGE],
  f: (x) => tf.square(f(x as tf.Tensor)),
  ...rest,
});

const layers: OpCase[] = [
  image('maxPool2d k3 s2 p1', (x) => ops.maxPool2d(x, { size: 3, stride: 2, padding: 1 }), kinked),
  image('maxPool2d k2 s2', (x) => ops.maxPool2d(x, { size: 2, stride: 2, padding: 0 }), kinked),
  image('averagePool2d k2', (x) => ops.averagePool2d(x, { size: 2 })),
  image('globalAveragePool', ops.globalAveragePool),
  image('resizeBilinear', (x) => ops.resizeBilinear(x, [5, 11])),
  image('resizeNearest', (x) => ops.resizeNearest(x, [5, 11])),
  image('resizeArea', (x) => ops.resizeArea(x, [5, 4])),
  {
    name: 'batchNorm',
    operands: [IMAGE, [3], [3]],
    f: (x, gamma, beta) => {
      const statistics = { mean: tf.tensor1d([0.1, -0.2, 0.3]), variance: tf.tensor1d([1.2, 0.7, 2]) };
      return tf.square(
        ops.batchNorm(x as tf.Tensor, { ...statistics, gamma: gamma as tf.Tensor, beta: beta as tf.Tensor }),
      );
    },
  },
  {
    name: 'batchNormTrain',
    operands: [IMAGE, [3], [3]],
    f: (x, gamma, beta) => {
      const { y, mean, variance } = ops.batchNormTrain(x as tf.Tensor, gamma as tf.Tensor, beta as tf.Tensor);
      return tf.add(tf.square(y), tf.reshape(tf.mul(mean, variance), [1, 3, 1, 1]));
    },
  },
  {
    name: 'batchNormTrain (2-D)',
    operands: [[5, 4], [4], [4]],
    f: (x, gamma, beta) => tf.square(ops.batchNormTrain(x as tf.Tensor, gamma as tf.Tensor, beta as tf.Tensor).y),
  },
];

export const opCases: readonly OpCase[] = [
  ...elementwise,
  ...reductions,
  ...movement,
  ...products,
  ...convolutions,
  ...layers,
];
