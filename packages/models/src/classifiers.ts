/** The victim models: what a federated client trains and an attacker inverts. */
import { LeakscopeError } from '@leakscope/shared/errors';
import type { Classifier, ClassifierOptions } from './classifier.ts';
import { lenet } from './lenet.ts';
import { resnet18 } from './resnet18.ts';

const CLASSIFIERS = {
  'resnet18-cifar': { build: (options: ClassifierOptions) => resnet18('cifar', options), classes: 2, resolution: 32 },
  'resnet18-imagenet': {
    build: (options: ClassifierOptions) => resnet18('imagenet', options),
    classes: 1000,
    resolution: 224,
  },
  lenet: { build: lenet, classes: 10, resolution: 32 },
};

type ClassifierName = keyof typeof CLASSIFIERS;

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
