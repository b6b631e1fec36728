/** GGL's 32x32 WGAN (Li et al. 2022, after Gulrajani et al. 2017): a generator of 2x2 up-convolutions, and its critic. */
import * as tf from '@leakscope/engine/tf';
import type { Critic } from './critic.ts';
import { defineGenerator, type Generator, type GeneratorStage } from './generator.ts';
import { initialise } from './initialise.ts';
import { buffersOf, type Module, parametersOf } from './modules.ts';

const LATENT = 128;
const WIDE = 512;
const SIDE = 4;
const FLAT = WIDE * SIDE * SIDE;
/** The authors leave the slope of their leaky ReLU at PyTorch's default. */
const SLOPE = 0.01;

/** z [N,128] -> 512x4x4 -> 256x8x8 -> 128x16x16 -> images [N,3,32,32]. */
export function wganGenerator(): Generator {
  const modules: readonly Module[] = [
    { kind: 'linear', name: 'fc', inputs: LATENT, outputs: FLAT },
    { kind: 'norm', name: 'bn0', channels: FLAT },
    { kind: 'conv-transpose', name: 'up1', inputs: WIDE, outputs: 256, size: 2, bias: true },
    { kind: 'norm', name: 'bn1', channels: 256 },
    { kind: 'conv-transpose', name: 'up2', inputs: 256, outputs: 128, size: 2, bias: true },
    { kind: 'norm', name: 'bn2', channels: 128 },
    { kind: 'conv-transpose', name: 'up3', inputs: 128, outputs: 3, size: 2, bias: true },
  ];
  const parameters = parametersOf(modules);
  const buffers = buffersOf(modules);
  const stages: readonly GeneratorStage[] = [
    {
      input: [LATENT],
      forward: (layers, z) =>
        tf.reshape(tf.relu(layers.batchNorm('bn0', layers.linear('fc', z))), [-1, WIDE, SIDE, SIDE]),
    },
    {
      input: [WIDE, SIDE, SIDE],
      forward: (layers, map) => tf.relu(layers.batchNorm('bn1', layers.convTranspose2d('up1', map, { stride: 2 }))),
    },
    {
      input: [256, 8, 8],
      forward: (layers, map) => tf.relu(layers.batchNorm('bn2', layers.convTranspose2d('up2', map, { stride: 2 }))),
    },
    {
      input: [128, 16, 16],
      forward: (layers, map) => tf.tanh(layers.convTranspose2d('up3', map, { stride: 2 })),
    },
  ];
  return defineGenerator({
    name: 'ggl-wgan32',
    latent: LATENT,
    outputShape: [3, 32, 32],
    parameters,
    buffers,
    stages,
    forward: (layers, z) => stages.reduce((map, stage) => stage.forward(layers, map), z),
    initialise: (random) => initialise([...parameters, ...buffers], random),
  });
}

/** Images [N,3,32,32] -> 128x16x16 -> 256x8x8 -> 512x4x4 -> scores [N]; no norm, so that each image has its own gradient penalty. */
export function wganCritic(): Critic {
  const convolutions = [
    { name: 'conv1', inputs: 3, outputs: 128 },
    { name: 'conv2', inputs: 128, outputs: 256 },
    { name: 'conv3', inputs: 256, outputs: WIDE },
  ];
  const modules: readonly Module[] = [
    ...convolutions.map((convolution): Module => ({ kind: 'conv', ...convolution, size: 3, bias: true })),
    { kind: 'linear', name: 'fc', inputs: FLAT, outputs: 1 },
  ];
  const parameters = parametersOf(modules);
  return {
    name: 'ggl-wgan32',
    inputShape: [3, 32, 32],
    parameters,
    buffers: [],
    forward(layers, x) {
      const map = convolutions.reduce(
        (input, { name }) => tf.leakyRelu(layers.conv2d(name, input, { stride: 2, padding: 1 }), SLOPE),
        x,
      );
      return tf.reshape(layers.linear('fc', tf.reshape(map, [-1, FLAT])), [-1]);
    },
    initialise: (random) => initialise(parameters, random),
  };
}
