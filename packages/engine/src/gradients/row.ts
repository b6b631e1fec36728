/** A row of the table of gradients. */
import * as tf from '@tensorflow/tfjs-core';

export type Row = Omit<tf.GradConfig, 'kernelName'>;

export type Dy = tf.Tensor;

/** A kernel of one input named `x`. */
export const unary = (derivative: (dy: Dy, x: tf.Tensor, attrs: tf.NamedAttrMap) => tf.Tensor): Row => ({
  inputsToSave: ['x'],
  gradFunc: (dy, [x], attrs) => ({ x: () => derivative(dy as Dy, x as tf.Tensor, attrs) }),
});

/** Sums `dx` over the axes along which an operand of shape `shape` was broadcast. */
export function unbroadcast(dx: tf.Tensor, shape: number[]): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, dx.shape);
  return tf.reshape(axes.length > 0 ? tf.sum(dx, axes) : dx, shape);
}

/** 1 where `condition` holds, else 0. */
export const mask = (condition: tf.Tensor): tf.Tensor => tf.cast(condition, 'float32');
