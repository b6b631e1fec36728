/** Gradients of a tensor function, which may be nested. */
import * as tf from '@tensorflow/tfjs-core';

/** What a differentiated function returns: a scalar, or a scalar and other tensors of the same forward pass. */
export type Differentiated = tf.Tensor | { value: tf.Tensor; aux: Record<string, tf.Tensor> };

export interface Gradients {
  value: tf.Tensor;
  /** One for each of the tensors asked for, in their order. */
  grads: tf.Tensor[];
  aux: Record<string, tf.Tensor>;
}

/** Value of a scalar function at `xs` and its gradient in each of them. May be nested for second-order gradients. */
export function gradients(f: (...xs: tf.Tensor[]) => Differentiated, xs: tf.Tensor[]): Gradients {
  let kept: Record<string, tf.Tensor> = {};
  const scalar = (...args: tf.Tensor[]): tf.Scalar => {
    const result = f(...args);
    const { value, aux } = 'aux' in result ? result : { value: result, aux: {} };
    // tfjs disposes everything of the forward pass but its value: what else leaves it is kept here and let go below.
    kept = Object.fromEntries(Object.entries(aux).map(([name, tensor]) => [name, tf.keep(tf.clone(tensor))]));
    return tf.reshape(value, []) as tf.Scalar;
  };
  const { value, grads } = tf.valueAndGrads(scalar)(xs);
  const aux = Object.fromEntries(Object.entries(kept).map(([name, tensor]) => [name, tf.clone(tensor)]));
  for (const tensor of Object.values(kept)) tensor.dispose();
  return { value, grads, aux };
}
