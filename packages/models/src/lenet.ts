/** The LeNet of Deep Leakage from Gradients (Zhu et al. 2019): three 5x5 sigmoid convolutions and one linear layer. */
import * as tf from '@leakscope/engine/tf';
import { type ClassifierOptions, defineClassifier, type Network } from './classifier.ts';
import { initialise, uniform } from './initialise.ts';
import type { Layers } from './layers.ts';
import { type Module, parametersOf } from './modules.ts';

const CHANNELS = 12;
const CONVOLUTIONS = [
  { name: 'body.0', inputs: 3, stride: 2 },
  { name: 'body.2', inputs: CHANNELS, stride: 2 },
  { name: 'body.4', inputs: CHANNELS, stride: 1 },
];

export const lenet = defineClassifier({
  name: 'lenet',
  summary: 'the small network of Deep Leakage from Gradients: three sigmoid convolutions and a linear layer',
  defaults: { classes: 10, resolution: 32 },
  build,
});

/** LeNet over images [N, 3, resolution, resolution]; the features are the flattened last feature map, all in (0, 1). */
function build({ classes, resolution }: ClassifierOptions): Network {
  const side = Math.ceil(Math.ceil(resolution / 2) / 2);
  const featureCount = CHANNELS * side * side;
  const modules: readonly Module[] = [
    ...CONVOLUTIONS.map(
      ({ name, inputs }): Module => ({ kind: 'conv', name, inputs, outputs: CHANNELS, size: 5, bias: true }),
    ),
    { kind: 'linear', name: 'fc.0', inputs: featureCount, outputs: classes },
  ];
  const parameters = parametersOf(modules);

  function features(layers: Layers, x: tf.Tensor): tf.Tensor {
    const map = CONVOLUTIONS.reduce(
      (input, { name, stride }) => tf.sigmoid(layers.conv2d(name, input, { stride, padding: 2 })),
      x,
    );
    return tf.reshape(map, [-1, featureCount]);
  }

  return {
    inputShape: [3, resolution, resolution],
    featureCount,
    head: 'fc.0',
    parameters,
    buffers: [],
    features,
    forward(layers, x) {
      const flat = features(layers, x);
      return { features: flat, logits: layers.linear('fc.0', flat) };
    },
    // The authors' own initialiser: wide enough that sigmoid layers pass a gradient.
    initialise: (random) =>
      initialise(parameters, random, { conv: uniform(0.5), 'linear-weight': uniform(0.5), bias: uniform(0.5) }),
  };
}
