/** Every architecture of victim models by name, and those of users' own modules. */
import { LeakscopeError } from '@leakscope/shared/errors';
import { programName, registry } from '@leakscope/shared/module';
import type { Architecture, Classifier, ClassifierOptions } from './classifier.ts';
import { classifierContract } from './contract.ts';
import { lenet } from './lenet.ts';
import { resnet18Cifar, resnet18Imagenet } from './resnet18.ts';

/** In the order of the docs. */
export const CLASSIFIERS = registry<Architecture>({
  kind: 'classifier',
  builtIn: [resnet18Cifar, resnet18Imagenet, lenet],
  contract: classifierContract,
  kit: async () => (await import('./kit.ts')).kit,
  unknown: (details) => new LeakscopeError('MODEL_UNKNOWN', details),
});

/**
 * The built-in classifier called `arch`. `classes` and `resolution` default to what the architecture's data set has.
 * @throws MODEL_UNKNOWN, MODEL_OPTION_INVALID (classes below 2, resolution below 8)
 */
export const classifier = (arch: string, options: Partial<ClassifierOptions> = {}): Classifier =>
  built(CLASSIFIERS.get(arch), options);

/**
 * The same, or the classifier of a user's own module where `arch` is its path; a relative path starts at `base`.
 * @throws MODEL_UNKNOWN, MODEL_OPTION_INVALID, MODULE_INVALID, MODULE_FAILED
 */
export const openClassifier = async (
  arch: string,
  options: Partial<ClassifierOptions>,
  base: string,
): Promise<Classifier> => built(await CLASSIFIERS.find(arch, base), options);

function built(architecture: Architecture, options: Partial<ClassifierOptions>): Classifier {
  const { classes = architecture.defaults.classes, resolution = architecture.defaults.resolution } = options;
  for (const [field, value, least] of [
    ['classes', classes, 2],
    ['resolution', resolution, 8],
  ] as const) {
    if (!Number.isInteger(value) || value < least) {
      throw new LeakscopeError('MODEL_OPTION_INVALID', { field, value, least });
    }
  }
  return { ...architecture.build({ classes, resolution }), name: programName(architecture), classes };
}
