/** DCGAN (Radford et al. 2016) at 32x32, under the names of PyTorch's tutorial: `main.<index in the Sequential>`. */
import * as tf from '@leakscope/engine/tf';
import type { Critic } from './critic.ts';
import { defineGenerator, type Generator, type GeneratorStage } from './generator.ts';
import { initialise, normal } from './initialise.ts';
import { buffersOf, type Module, parametersOf } from './modules.ts';

const LATENT = 128;
/** Channels of the widest map, 256x4x4; each doubling of the side halves them. */
const WIDTH = 64;
const SLOPE = 0.2;
/** The paper's initialiser: every weight N(0, .02²), batch-norm scales N(1, .02²). */
const RULES = { conv: normal(0, 0.02), 'conv-transpose': normal(0, 0.02), 'norm-weight': normal(1, 0.02) };

/** z [N,128] -> 256x4x4 -> 128x8x8 -> 64x16x16 -> images [N,3,32,32]. */
export function dcganGenerator(): Generator {
  const steps = [
    { name: 'main.0', norm: 'main.1', inputs: LATENT, outputs: 4 * WIDTH, side: 1, stride: 1, padding: 0 },
    { name: 'main.3', norm: 'main.4', inputs: 4 * WIDTH, outputs: 2 * WIDTH, side: 4, stride: 2, padding: 1 },
    { name: 'main.6', norm: 'main.7', inputs: 2 * WIDTH, outputs: WIDTH, side: 8, stride: 2, padding: 1 },
  ];
  const modules: readonly Module[] = [
    ...steps.flatMap(({ name, norm, inputs, outputs }): Module[] => [
      { kind: 'conv-transpose', name, inputs, outputs, size: 4 },
      { kind: 'norm', name: norm, channels: outputs },
    ]),
    { kind: 'conv-transpose', name: 'main.9', inputs: WIDTH, outputs: 3, size: 4 },
  ];
  const parameters = parametersOf(modules);
  const buffers = buffersOf(modules);
  const stages: readonly GeneratorStage[] = [
    ...steps.map(
      ({ name, norm, inputs, side, stride, padding }, i): GeneratorStage => ({
        input: i === 0 ? [LATENT] : [inputs, side, side],
        forward: (layers, x) => {
          const map = tf.reshape(x, [-1, inputs, side, side]);
          return tf.relu(layers.batchNorm(norm, layers.convTranspose2d(name, map, { stride, padding })));
        },
      }),
    ),
    {
      input: [WIDTH, 16, 16],
      forward: (layers, map) => tf.tanh(layers.convTranspose2d('main.9', map, { stride: 2, padding: 1 })),
    },
  ];
  return defineGenerator({
    name: 'dcgan32',
    latent: LATENT,
    outputShape: [3, 32, 32],
    parameters,
    buffers,
    stages,
    forward: (layers, z) => stages.reduce((map, stage) => stage.forward(layers, map), z),
    initialise: (random) => initialise([...parameters, ...buffers], random, RULES),
  });
}

/** Images [N,3,32,32] -> 64x16x16 -> 128x8x8 -> 256x4x4 -> logits [N] (the tutorial's sigmoid belongs to the loss). */
export function dcganDiscriminator(): Critic {
  const steps = [
    { name: 'main.0', norm: null, inputs: 3, outputs: WIDTH },
    { name: 'main.2', norm: 'main.3', inputs: WIDTH, outputs: 2 * WIDTH },
    { name: 'main.5', norm: 'main.6', inputs: 2 * WIDTH, outputs: 4 * WIDTH },
  ];
  const modules: readonly Module[] = [
    ...steps.flatMap(({ name, norm, inputs, outputs }): Module[] => [
      { kind: 'conv', name, inputs, outputs, size: 4 },
      ...(norm === null ? [] : [{ kind: 'norm', name: norm, channels: outputs } as const]),
    ]),
    { kind: 'conv', name: 'main.8', inputs: 4 * WIDTH, outputs: 1, size: 4 },
  ];
  const parameters = parametersOf(modules);
  const buffers = buffersOf(modules);
  return {
    name: 'dcgan32',
    inputShape: [3, 32, 32],
    parameters,
    buffers,
    forward(layers, x) {
      const map = steps.reduce((input, { name, norm }) => {
        const y = layers.conv2d(name, input, { stride: 2, padding: 1 });
        return tf.leakyRelu(norm === null ? y : layers.batchNorm(norm, y), SLOPE);
      }, x);
      return tf.reshape(layers.conv2d('main.8', map), [-1]);
    },
    initialise: (random) => initialise([...parameters, ...buffers], random, RULES),
  };
}
