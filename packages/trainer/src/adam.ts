/** Adam (Kingma and Ba, 2015) as a pure tensor function: weights and moments in, weights and moments out. */
import * as tf from '@leakscope/engine/tf';

export type Tensors = Readonly<Record<string, tf.Tensor>>;

/** A network under training. */
export interface Trainee {
  readonly weights: Tensors;
  /** Running means of the gradient and of its square, by weight. */
  readonly first: Tensors;
  readonly second: Tensors;
  /** beta1^t and beta2^t after t steps, scalars: they undo the bias of moments that start at zero. */
  readonly powers: readonly [tf.Tensor, tf.Tensor];
}

interface AdamOptions {
  /** Scalar learning rate. */
  readonly rate: tf.Tensor;
  readonly betas: readonly [number, number];
}

const EPSILON = 1e-8;

/** One step down `gradients`; equal to torch.optim.Adam without decay. */
export function adam(trainee: Trainee, gradients: Tensors, { rate, betas: [beta1, beta2] }: AdamOptions): Trainee {
  const powers = [tf.mul(trainee.powers[0], beta1), tf.mul(trainee.powers[1], beta2)] as const;
  const step = tf.div(rate, tf.sub(1, powers[0]));
  const spread = tf.rsqrt(tf.sub(1, powers[1]));
  const weights: Record<string, tf.Tensor> = {};
  const first: Record<string, tf.Tensor> = {};
  const second: Record<string, tf.Tensor> = {};
  for (const [name, gradient] of Object.entries(gradients)) {
    const m = tf.add(tf.mul(trainee.first[name] as tf.Tensor, beta1), tf.mul(gradient, 1 - beta1));
    const v = tf.add(tf.mul(trainee.second[name] as tf.Tensor, beta2), tf.mul(tf.square(gradient), 1 - beta2));
    const direction = tf.div(m, tf.add(tf.mul(tf.sqrt(v), spread), EPSILON));
    weights[name] = tf.sub(trainee.weights[name] as tf.Tensor, tf.mul(direction, step));
    first[name] = m;
    second[name] = v;
  }
  return { weights, first, second, powers };
}

/** Tensors of a trainee by flat name, as a session's state and a checkpoint hold them. */
export function flatten(network: string, trainee: Trainee): Record<string, tf.Tensor> {
  const flat: Record<string, tf.Tensor> = {
    [`${network}.power1`]: trainee.powers[0],
    [`${network}.power2`]: trainee.powers[1],
  };
  for (const part of ['weights', 'first', 'second'] as const) {
    for (const [name, tensor] of Object.entries(trainee[part])) flat[`${network}.${part}/${name}`] = tensor;
  }
  return flat;
}

/** The trainee `network` out of flat tensors: the inverse of `flatten`. */
export function unflatten(network: string, flat: Tensors): Trainee {
  const part = (prefix: string): Tensors =>
    Object.fromEntries(
      Object.entries(flat).flatMap(([name, tensor]) =>
        name.startsWith(prefix) ? [[name.slice(prefix.length), tensor]] : [],
      ),
    );
  return {
    weights: part(`${network}.weights/`),
    first: part(`${network}.first/`),
    second: part(`${network}.second/`),
    powers: [flat[`${network}.power1`] as tf.Tensor, flat[`${network}.power2`] as tf.Tensor],
  };
}
