/** The victim models: what a federated client trains and an attacker inverts. */
import type * as tf from '@leakscope/engine/tf';
import { LeakscopeError } from '@leakscope/shared/errors';
import type { Random } from '@leakscope/shared/random';
import type { NamedTensors } from '@leakscope/shared/tensors';
import type { Layers } from './layers.ts';
import { lenet } from './lenet.ts';
import type { ParameterSpec } from './modules.ts';
import { resnet18 } from './resnet18.ts';

/** `classes`: at least 2. `resolution`: the side of the square input, in pixels. */
export interface ClassifierOptions {
  readonly classes: number;
  readonly resolution: number;
}

/** An image classifier as pure tensor functions over named weights. Images are [N, ...inputShape] in [-1, 1]. */
export interface Classifier {
  readonly name: ClassifierName;
  readonly classes: number;
  readonly inputShape: readonly [channels: number, height: number, width: number];
  /** Length of the penultimate feature vector. */
  readonly featureCount: number;
  /** Module path of the last linear layer, whose gradient gives away labels and which Soteria masks. */
  readonly head: string;
  /** Trained tensors, in PyTorch's order: this is the order of an update. */
  readonly parameters: readonly ParameterSpec[];
  /** Running batch-norm statistics, in PyTorch's order. */
  readonly buffers: readonly ParameterSpec[];
  /** Penultimate features [N, featureCount]. */
  features(layers: Layers, x: tf.Tensor): tf.Tensor;
  /** Features and logits [N, classes] of one pass. */
  forward(layers: Layers, x: tf.Tensor): { readonly features: tf.Tensor; readonly logits: tf.Tensor };
  /** Fresh parameters and buffers drawn from `random`. */
  initialise(random: Random): NamedTensors;
}

const CLASSIFIERS = {
  'resnet18-cifar': { build: (options: ClassifierOptions) => resnet18('cifar', options), classes: 2, resolution: 32 },
  'resnet18-imagenet': {
    build: (options: ClassifierOptions) => resnet18('imagenet', options),
    classes: 1000,
    resolution: 224,
  },
  lenet: { build: lenet, classes: 10, resolution: 32 },
};

export type ClassifierName = keyof typeof CLASSIFIERS;

/** Every architecture that `classifier()` knows. */
export const CLASSIFIER_NAMES = Object.keys(CLASSIFIERS) as readonly ClassifierName[];

function isClassifierName(arch: string): arch is ClassifierName {
  return Object.hasOwn(CLASSIFIERS, arch);
}

/**
 * The classifier called `arch`. `classes` and `resolution` default to what the architecture's data set has.
 * @throws MODEL_UNKNOWN, MODEL_OPTION_INVALID (classes below 2, resolution below 8)
 */
export function classifier(arch: string, options: Partial<ClassifierOptions> = {}): Classifier {
  if (!isClassifierName(arch)) {
    throw new LeakscopeError('MODEL_UNKNOWN', { value: arch, known: CLASSIFIER_NAMES });
  }
  const { build, ...defaults } = CLASSIFIERS[arch];
  const { classes = defaults.classes, resolution = defaults.resolution } = options;
  for (const [field, value, least] of [
    ['classes', classes, 2],
    ['resolution', resolution, 8],
  ] as const) {
    if (!Number.isInteger(value) || value < least) {
      throw new LeakscopeError('MODEL_OPTION_INVALID', { field, value, least });
    }
  }
  return build({ classes, resolution });
}
