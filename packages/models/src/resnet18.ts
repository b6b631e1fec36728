/** ResNet-18 (He et al. 2016) with the CIFAR or the ImageNet stem, under torchvision's names: 62 parameters, 20 batch norms. */
import { globalAveragePool, maxPool2d } from '@leakscope/engine/ops';
import * as tf from '@leakscope/engine/tf';
import { type ClassifierOptions, defineClassifier, type Network } from './classifier.ts';
import { initialise, kaimingFanOut } from './initialise.ts';
import type { Layers } from './layers.ts';
import { buffersOf, type Module, parametersOf } from './modules.ts';

/** `cifar`: 3x3 stride 1, no pooling. `imagenet`: 7x7 stride 2, then 3x3 stride 2 max pooling. */
type Stem = 'cifar' | 'imagenet';

export const resnet18Cifar = defineClassifier({
  name: 'resnet18-cifar',
  summary: 'ResNet-18 with the stem for small images: 3x3, no pooling',
  defaults: { classes: 2, resolution: 32 },
  build: (options) => resnet18('cifar', options),
});

export const resnet18Imagenet = defineClassifier({
  name: 'resnet18-imagenet',
  summary: 'ResNet-18 with the stem for large images: 7x7, then max pooling',
  defaults: { classes: 1000, resolution: 224 },
  build: (options) => resnet18('imagenet', options),
});

interface Block {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly stride: number;
}

const FEATURES = 512;
const STAGES = [
  { inputs: 64, outputs: 64, stride: 1 },
  { inputs: 64, outputs: 128, stride: 2 },
  { inputs: 128, outputs: 256, stride: 2 },
  { inputs: 256, outputs: FEATURES, stride: 2 },
];
const BLOCKS: readonly Block[] = STAGES.flatMap((stage, index) => [
  { name: `layer${index + 1}.0`, ...stage },
  { name: `layer${index + 1}.1`, ...stage, inputs: stage.outputs, stride: 1 },
]);

/** A block whose input differs from its output in shape brings it into shape by a 1x1 convolution. */
function projects(block: Block): boolean {
  return block.stride !== 1 || block.inputs !== block.outputs;
}

function blockModules(block: Block): Module[] {
  const { name, inputs, outputs } = block;
  const modules: Module[] = [
    { kind: 'conv', name: `${name}.conv1`, inputs, outputs, size: 3 },
    { kind: 'norm', name: `${name}.bn1`, channels: outputs },
    { kind: 'conv', name: `${name}.conv2`, inputs: outputs, outputs, size: 3 },
    { kind: 'norm', name: `${name}.bn2`, channels: outputs },
  ];
  if (projects(block)) {
    modules.push(
      { kind: 'conv', name: `${name}.downsample.0`, inputs, outputs, size: 1 },
      { kind: 'norm', name: `${name}.downsample.1`, channels: outputs },
    );
  }
  return modules;
}

function blockForward(layers: Layers, block: Block, x: tf.Tensor): tf.Tensor {
  const { name, stride } = block;
  const inner = tf.relu(layers.batchNorm(`${name}.bn1`, layers.conv2d(`${name}.conv1`, x, { stride, padding: 1 })));
  const residual = layers.batchNorm(`${name}.bn2`, layers.conv2d(`${name}.conv2`, inner, { padding: 1 }));
  const shortcut = projects(block)
    ? layers.batchNorm(`${name}.downsample.1`, layers.conv2d(`${name}.downsample.0`, x, { stride }))
    : x;
  return tf.relu(tf.add(residual, shortcut));
}

/** ResNet-18 over images [N, 3, resolution, resolution] in [-1, 1]; the features are the 512 pooled activations. */
function resnet18(stem: Stem, { classes, resolution }: ClassifierOptions): Network {
  const modules: readonly Module[] = [
    { kind: 'conv', name: 'conv1', inputs: 3, outputs: 64, size: stem === 'cifar' ? 3 : 7 },
    { kind: 'norm', name: 'bn1', channels: 64 },
    ...BLOCKS.flatMap(blockModules),
    { kind: 'linear', name: 'fc', inputs: FEATURES, outputs: classes },
  ];
  const parameters = parametersOf(modules);
  const buffers = buffersOf(modules);

  function features(layers: Layers, x: tf.Tensor): tf.Tensor {
    const window = stem === 'cifar' ? { stride: 1, padding: 1 } : { stride: 2, padding: 3 };
    const stemmed = tf.relu(layers.batchNorm('bn1', layers.conv2d('conv1', x, window)));
    const pooled = stem === 'cifar' ? stemmed : maxPool2d(stemmed, { size: 3, stride: 2, padding: 1 });
    return globalAveragePool(BLOCKS.reduce((map, block) => blockForward(layers, block, map), pooled));
  }

  return {
    inputShape: [3, resolution, resolution],
    featureCount: FEATURES,
    head: 'fc',
    parameters,
    buffers,
    features,
    forward(layers, x) {
      const pooled = features(layers, x);
      return { features: pooled, logits: layers.linear('fc', pooled) };
    },
    initialise: (random) => initialise([...parameters, ...buffers], random, { conv: kaimingFanOut }),
  };
}
