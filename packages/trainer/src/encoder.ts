/** The encoder of an autoencoder: images to the mean and variance of their latents. It ends with the training. */
import { leakyRelu } from '@leakscope/engine/ops';
import * as tf from '@leakscope/engine/tf';
import type { Layers } from '@leakscope/models';
import { initialise } from '@leakscope/models/initialise';
import { type Module, parametersOf } from '@leakscope/models/modules';
import type { Network } from './recipe.ts';

const WIDTH = 32;

/**
 * Images [N, 3, side, side] -> 32 x side/2 -> 64 x side/4 -> 128 x side/8 -> [N, 2 latent]: convolutions of 4x4 with
 * stride 2, batch norm after the second and third, leaky ReLU, then a linear layer. Run it with `trainLayers`: it keeps no
 * running statistics.
 */
export function encoder({ side, latent }: { side: number; latent: number }): Network {
  const flat = 4 * WIDTH * (side / 8) ** 2;
  const modules: readonly Module[] = [
    { kind: 'conv', name: 'conv1', inputs: 3, outputs: WIDTH, size: 4, bias: true },
    { kind: 'conv', name: 'conv2', inputs: WIDTH, outputs: 2 * WIDTH, size: 4 },
    { kind: 'norm', name: 'bn2', channels: 2 * WIDTH },
    { kind: 'conv', name: 'conv3', inputs: 2 * WIDTH, outputs: 4 * WIDTH, size: 4 },
    { kind: 'norm', name: 'bn3', channels: 4 * WIDTH },
    { kind: 'linear', name: 'fc', inputs: flat, outputs: 2 * latent },
  ];
  const parameters = parametersOf(modules);
  const halve = { stride: 2, padding: 1 };
  return {
    parameters,
    forward(layers, x) {
      const map16 = leakyRelu(layers.conv2d('conv1', x, halve));
      const map8 = leakyRelu(layers.batchNorm('bn2', layers.conv2d('conv2', map16, halve)));
      const map4 = leakyRelu(layers.batchNorm('bn3', layers.conv2d('conv3', map8, halve)));
      return layers.linear('fc', tf.reshape(map4, [-1, flat]));
    },
    initialise: (random) => initialise(parameters, random),
  };
}

/** The two halves of the encoder's output, each [N, latent]: q(z|x) = N(mean, exp(logVariance)). */
export function encode(network: Network, layers: Layers, x: tf.Tensor): { mean: tf.Tensor; logVariance: tf.Tensor } {
  const [mean, logVariance] = tf.split(network.forward(layers, x), 2, 1);
  return { mean: mean as tf.Tensor, logVariance: logVariance as tf.Tensor };
}
