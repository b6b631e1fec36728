/** Two small programs, one like an attack and one like training: they show whether a device computes correctly, and how fast. */
import { conv2d, gradients } from '../../ops/index.ts';
import { compile, type Program } from '../../program.ts';
import * as tf from '../../tf.ts';
import type { Kind } from './result.ts';

/** A program and what it is called with. */
export interface Chain {
  readonly program: Program;
  readonly inputs: Record<string, Float32Array>;
  readonly bound: Record<string, Float32Array>;
  readonly state: Record<string, Float32Array>;
}

const LAYERS = 6;

/** Numbers in [-1, 1), the same everywhere. */
const values = (length: number, salt: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => (((i + salt) * 0x9e3779b1) >>> 0) / 2 ** 31 - 1);

const weightNames = Array.from({ length: LAYERS }, (_, i) => `w${i}`);

/** Convolutions, each with a scale, a shift and a kink, as in a ResNet; [N, C, H, W] in and out. */
function layers(x: tf.Tensor, weights: readonly tf.Tensor[], channels: number): tf.Tensor {
  const gain = tf.scalar(Math.sqrt(2 / (3 * channels)));
  return weights.reduce((y, w) => tf.relu(tf.add(tf.mul(conv2d(y, w, { padding: 1 }), gain), tf.scalar(0.01))), x);
}

/** Value and gradient in the image, with weights that stay: a step of an attack, two million multiplications a node. */
function matching(): Chain {
  const [channels, side] = [64, 16];
  const shape = [channels, channels, 3, 3];
  const program = compile({
    name: 'probe/matching',
    inputs: { x: [1, channels, side, side] },
    bound: Object.fromEntries(weightNames.map((name) => [name, shape])),
    fn: (tensors) => {
      const weights = weightNames.map((name) => tensors[name] as tf.Tensor);
      const { value, grads } = gradients(
        (x) => tf.mean(tf.square(layers(x, weights, channels))),
        [tensors.x as tf.Tensor],
      );
      return { outputs: { value, gradient: grads[0] as tf.Tensor } };
    },
  });
  const bound = Object.fromEntries(weightNames.map((name, i) => [name, values(channels * channels * 9, i)]));
  return { program, bound, state: {}, inputs: { x: values(channels * side * side, 99) } };
}

/** A step of gradient descent on a batch, with weights that it changes: a client's training. */
function training(): Chain {
  const [batch, channels, side] = [16, 32, 16];
  const shape = [channels, channels, 3, 3];
  const program = compile({
    name: 'probe/training',
    inputs: { x: [batch, channels, side, side] },
    state: Object.fromEntries(weightNames.map((name) => [name, shape])),
    fn: (tensors) => {
      const weights = weightNames.map((name) => tensors[name] as tf.Tensor);
      const { value, grads } = gradients(
        (...current) => tf.mean(tf.square(layers(tensors.x as tf.Tensor, current, channels))),
        weights,
      );
      const next = weights.map((w, i) => tf.sub(w, tf.mul(grads[i] as tf.Tensor, tf.scalar(0.1))));
      return { outputs: { value }, state: Object.fromEntries(next.map((w, i) => [`w${i}`, w])) };
    },
  });
  const state = Object.fromEntries(weightNames.map((name, i) => [name, values(channels * channels * 9, i)]));
  return { program, bound: {}, state, inputs: { x: values(batch * channels * side * side, 99) } };
}

export const chainOf = (kind: Kind): Chain => (kind === 'matching' ? matching() : training());
