/** Cases of layers over images: pooling, resizing, batch norm. */
import * as ops from '../../ops/index.ts';
import * as tf from '../../tf.ts';
import { IMAGE, kinked, type OpCase } from './op-case.ts';

const image = (name: string, f: (x: tf.Tensor) => tf.Tensor, rest: Partial<OpCase> = {}): OpCase => ({
  name,
  operands: [IMAGE],
  f: (x) => tf.square(f(x as tf.Tensor)),
  ...rest,
});

export const layers: OpCase[] = [
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
