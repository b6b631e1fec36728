/** Gradients of kernels that work value by value. */
import * as tf from '@tensorflow/tfjs-core';
import type { TfjsKernel } from '../kernels/names.ts';
import { type Dy, mask, type Row, unary, unbroadcast } from './row.ts';

type PartialDerivative = (dy: Dy, a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

/** A broadcasting kernel of two inputs named `a` and `b`. */
const binary = (da: PartialDerivative, db: PartialDerivative): Row => ({
  inputsToSave: ['a', 'b'],
  gradFunc: (dy, saved) => {
    const [a, b] = saved as [tf.Tensor, tf.Tensor];
    return {
      a: () => unbroadcast(da(dy as Dy, a, b), a.shape),
      b: () => unbroadcast(db(dy as Dy, a, b), b.shape),
    };
  },
});

const one = (): tf.Scalar => tf.scalar(1);

export const elementwise = {
  [tf.Identity]: unary((dy) => tf.clone(dy)),
  [tf.Neg]: unary((dy) => tf.neg(dy)),
  [tf.Abs]: unary((dy, x) => tf.mul(dy, tf.sign(x))),
  [tf.Square]: unary((dy, x) => tf.mul(dy, tf.mul(x, tf.scalar(2)))),
  [tf.Sqrt]: unary((dy, x) => tf.div(dy, tf.mul(tf.sqrt(x), tf.scalar(2)))),
  [tf.Rsqrt]: unary((dy, x) => tf.mul(dy, tf.div(tf.rsqrt(x), tf.mul(x, tf.scalar(-2))))),
  [tf.Reciprocal]: unary((dy, x) => tf.neg(tf.div(dy, tf.square(x)))),
  [tf.Exp]: unary((dy, x) => tf.mul(dy, tf.exp(x))),
  [tf.Expm1]: unary((dy, x) => tf.mul(dy, tf.exp(x))),
  [tf.Log]: unary((dy, x) => tf.div(dy, x)),
  [tf.Log1p]: unary((dy, x) => tf.div(dy, tf.add(x, one()))),
  [tf.Sin]: unary((dy, x) => tf.mul(dy, tf.cos(x))),
  [tf.Cos]: unary((dy, x) => tf.neg(tf.mul(dy, tf.sin(x)))),
  [tf.Tanh]: unary((dy, x) => tf.mul(dy, tf.sub(one(), tf.square(tf.tanh(x))))),
  [tf.Sigmoid]: unary((dy, x) => {
    const y = tf.sigmoid(x);
    return tf.mul(dy, tf.mul(y, tf.sub(one(), y)));
  }),
  [tf.Softplus]: unary((dy, x) => tf.mul(dy, tf.sigmoid(x))),
  [tf.Erf]: unary((dy, x) => tf.mul(dy, tf.mul(tf.exp(tf.neg(tf.square(x))), tf.scalar(2 / Math.sqrt(Math.PI))))),
  // The mask comes from the output (the same node as in the forward pass), so that nothing else reads the input and an
  // executor can fuse relu into what makes it.
  [tf.Relu]: unary((dy, x) => tf.mul(dy, tf.step(tf.relu(x)))),
  [tf.LeakyRelu]: unary((dy, x, { alpha }) => tf.mul(dy, tf.step(x, alpha as number))),
  [tf.Elu]: unary((dy, x) => tf.mul(dy, tf.where(tf.greater(x, 0), tf.onesLike(x), tf.exp(tf.minimum(x, 0))))),
  [tf.ClipByValue]: unary((dy, x, { clipValueMin, clipValueMax }) =>
    tf.mul(
      dy,
      mask(tf.logicalAnd(tf.greaterEqual(x, clipValueMin as number), tf.lessEqual(x, clipValueMax as number))),
    ),
  ),
  [tf.Cast]: unary((dy) => tf.cast(dy, 'float32')),
  [tf.Add]: binary(
    (dy) => dy,
    (dy) => dy,
  ),
  [tf.Sub]: binary(
    (dy) => dy,
    (dy) => tf.neg(dy),
  ),
  [tf.Multiply]: binary(
    (dy, _a, b) => tf.mul(dy, b),
    (dy, a) => tf.mul(dy, a),
  ),
  [tf.RealDiv]: binary(
    (dy, _a, b) => tf.div(dy, b),
    (dy, a, b) => tf.neg(tf.mul(dy, tf.div(a, tf.square(b)))),
  ),
  [tf.SquaredDifference]: binary(
    (dy, a, b) => tf.mul(dy, tf.mul(tf.sub(a, b), tf.scalar(2))),
    (dy, a, b) => tf.mul(dy, tf.mul(tf.sub(b, a), tf.scalar(2))),
  ),
  [tf.Maximum]: binary(
    (dy, a, b) => tf.mul(dy, mask(tf.greaterEqual(a, b))),
    (dy, a, b) => tf.mul(dy, mask(tf.less(a, b))),
  ),
  [tf.Minimum]: binary(
    (dy, a, b) => tf.mul(dy, mask(tf.lessEqual(a, b))),
    (dy, a, b) => tf.mul(dy, mask(tf.greater(a, b))),
  ),
  [tf.Pow]: binary(
    (dy, a, b) => tf.mul(dy, tf.mul(b, tf.pow(a, tf.sub(b, one())))),
    (dy, a, b) => tf.mul(dy, tf.mul(tf.pow(a, b), tf.where(tf.greater(a, 0), tf.log(a), tf.zerosLike(a)))),
  ),
  [tf.Select]: {
    inputsToSave: ['condition'],
    gradFunc: (dy, [condition]) => {
      const chosen = mask(condition as tf.Tensor);
      return {
        condition: () => tf.zeros((condition as tf.Tensor).shape),
        t: () => tf.mul(dy as Dy, chosen),
        e: () => tf.mul(dy as Dy, tf.sub(one(), chosen)),
      };
    },
  },
  [tf.AddN]: {
    saveAllInputs: true,
    gradFunc: (dy, saved) => Object.fromEntries(saved.map((_, i) => [i, () => tf.clone(dy as Dy)])),
  },
} satisfies Partial<Record<TfjsKernel, Row>>;
