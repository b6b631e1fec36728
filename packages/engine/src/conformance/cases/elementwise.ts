/** Cases of operations that work value by value. */
import * as ops from '../../ops/index.ts';
import * as tf from '../../tf.ts';
import { binary, kinked, type OpCase, positive, unary } from './op-case.ts';

export const elementwise: OpCase[] = [
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
