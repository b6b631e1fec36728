/** Layers that watch a forward pass: each keeps its input and output, so that the loss can be differentiated by the outputs. */
import { batchNormTrain, conv2d, convTranspose2d, linear } from '@leakscope/engine/ops';
import * as tf from '@leakscope/engine/tf';
import { BATCH_NORM_EPSILON, type Layers, type Weights, type Window, weight } from '@leakscope/models';
import type { Form } from './cost.ts';

/** A convolution, with the batch norm that follows it folded in when that norm uses running statistics. */
export interface WatchedConv {
  readonly kind: 'conv';
  readonly name: string;
  readonly window: Required<Window>;
  readonly form: Form;
  /** [images, C, H, W]. */
  readonly input: tf.Tensor;
  /** [images, O, H', W'], after the batch norm if there is one. */
  readonly output: tf.Tensor;
  readonly norm?: WatchedNorm;
}

/** Batch norm as an affine map per channel: output = gamma normal + beta, normal = (x - mean) / sqrt(variance + eps). */
export interface WatchedNorm {
  readonly kind: 'norm';
  readonly name: string;
  readonly output: tf.Tensor;
  /** What is normalised, where it is computed at all, as it is (`bare`) or normalised (`normal`). */
  readonly bare?: tf.Tensor;
  readonly normal?: tf.Tensor;
}

export interface WatchedLinear {
  readonly kind: 'linear';
  readonly name: string;
  /** [images, I]. */
  readonly input: tf.Tensor;
  /** [images, O]. */
  readonly output: tf.Tensor;
}

export type Watched = WatchedConv | WatchedNorm | WatchedLinear;

interface WatchedLayers extends Layers {
  /** In the order of the forward pass. */
  watched(): readonly Watched[];
  /** Disposes of what was kept; call it when the watched tensors have been used. */
  release(): void;
}

interface WatchOptions {
  readonly statistics: 'running' | 'batch';
  /** How a convolution's gradient will be compared. */
  form(name: string, input: tf.Tensor, filter: tf.Tensor, window: Required<Window>): Form;
}

/** [C] as [1, C, 1, 1]. */
const perChannel = (v: tf.Tensor): tf.Tensor => tf.reshape(v, [1, -1, 1, 1]);

/** The running statistics' map of batch norm `name`: x -> scale x + shift, and its parts. */
export function foldedNorm(weights: Weights, name: string) {
  const deviation = tf.rsqrt(tf.add(weight(weights, `${name}.running_var`), BATCH_NORM_EPSILON));
  const scale = tf.mul(weight(weights, `${name}.weight`), deviation);
  const mean = weight(weights, `${name}.running_mean`);
  return { deviation, mean, scale, shift: tf.sub(weight(weights, `${name}.bias`), tf.mul(mean, scale)) };
}

/** Scales each output channel of a filter [O, C, k, k]. */
const scaleFilter = (filter: tf.Tensor, scale: tf.Tensor): tf.Tensor =>
  tf.mul(filter, tf.reshape(scale, [-1, 1, 1, 1]));

/**
 * Eval-mode layers over `weights` that watch. A convolution that batch norm follows becomes one convolution with folded
 * weights: its gradient gives those of the weight, gamma and beta (see gradient.ts), and no batch norm is left to run.
 */
export function watchLayers(weights: Weights, options: WatchOptions): WatchedLayers {
  const watched: Watched[] = [];
  const kept: tf.Tensor[] = [];
  // tfjs disposes of what a differentiated function made as soon as it returns.
  const keep = (x: tf.Tensor): tf.Tensor => {
    kept.push(tf.keep(x));
    return x;
  };
  // Its caller may own a layer's input, so that a handle of our own is kept instead.
  const keepInput = (x: tf.Tensor): tf.Tensor => keep(tf.clone(x));
  const replace = (old: Watched, next: Watched): void => {
    watched[watched.indexOf(old)] = next;
  };

  function fold(conv: WatchedConv, name: string): tf.Tensor {
    const filter = weight(weights, `${conv.name}.weight`);
    const { scale, shift } = foldedNorm(weights, name);
    if (conv.form === 'explicit') {
      const output = keep(tf.add(conv2d(conv.input, scaleFilter(filter, scale), conv.window), perChannel(shift)));
      replace(conv, { ...conv, output, norm: { kind: 'norm', name, output } });
      return output;
    }
    // The ghost form reads gamma's gradient off the bare convolution, which must then exist: scaling it apart from its weights
    // gives the bare convolution's own delta on the way, and all that is added to that is scaled at once.
    const bare = conv.output;
    const output = keep(tf.add(tf.mul(bare, perChannel(scale)), perChannel(shift)));
    replace(conv, { ...conv, output, norm: { kind: 'norm', name, output, bare } });
    return output;
  }

  return {
    conv2d(name, x, { stride = 1, padding = 0 } = {}) {
      const filter = weight(weights, `${name}.weight`);
      const window = { stride, padding };
      const bias = weights[`${name}.bias`];
      const linearOutput = conv2d(x, filter, window);
      const output = keep(bias === undefined ? linearOutput : tf.add(linearOutput, perChannel(bias)));
      const form = options.form(name, x, filter, window);
      watched.push({ kind: 'conv', name, window, form, input: keepInput(x), output });
      return output;
    },
    // No victim model has one; if one did, gradient.ts would report its weight as unmatched.
    convTranspose2d: (name, x, window = {}) => convTranspose2d(x, weight(weights, `${name}.weight`), window),
    linear(name, x) {
      const output = keep(linear(x, weight(weights, `${name}.weight`), weights[`${name}.bias`]));
      watched.push({ kind: 'linear', name, input: keepInput(x), output });
      return output;
    },
    batchNorm(name, x) {
      const before = watched.at(-1);
      const folds = options.statistics === 'running' && weights[`${before?.name}.bias`] === undefined;
      if (folds && before?.kind === 'conv' && before.output === x) {
        return fold(before, name);
      }
      const gamma = weight(weights, `${name}.weight`);
      const beta = weight(weights, `${name}.bias`);
      const one = tf.ones(gamma.shape);
      const zero = tf.zeros(beta.shape);
      const { deviation, mean } = foldedNorm(weights, name);
      const normal = keep(
        options.statistics === 'batch'
          ? batchNormTrain(x, one, zero, BATCH_NORM_EPSILON).y
          : tf.mul(tf.sub(x, perChannel(mean)), perChannel(deviation)),
      );
      const output = keep(tf.add(tf.mul(normal, perChannel(gamma)), perChannel(beta)));
      watched.push({ kind: 'norm', name, output, normal });
      return output;
    },
    watched: () => watched,
    release() {
      for (const tensor of kept) tensor.dispose();
    },
  };
}
