/** The model and images that a command line names: --arch, --classes, --weights or --init-seed, --images, --labels. */
import { readFile } from 'node:fs/promises';
import { LeakscopeError } from '@leakscope/shared/errors';
import type { NamedTensors } from '@leakscope/shared/tensors';
import { integerOption } from '../shell/arguments.ts';
import type { Options } from '../shell/command.ts';

export const MODEL_OPTIONS = {
  arch: {
    type: 'string',
    value: 'NAME',
    default: 'resnet18-cifar',
    summary: 'resnet18-cifar, resnet18-imagenet, lenet, or a module of your own (docs/modules.md)',
  },
  classes: { type: 'string', value: 'N', default: '2', summary: 'number of classes' },
  resolution: { type: 'string', value: 'PIXELS', default: '32', summary: 'side of the square input' },
  weights: {
    type: 'string',
    value: 'FILE',
    summary: 'safetensors with PyTorch names: parameters and running statistics',
  },
  'init-seed': { type: 'string', value: 'N', summary: 'a freshly initialised model in place of --weights' },
} as const satisfies Options;

interface ModelValues {
  readonly arch: string;
  readonly classes: string;
  readonly resolution: string;
  readonly weights: string | undefined;
  readonly 'init-seed': string | undefined;
}

/** The classifier and its checked weights. Throws CLI_ARGUMENT_MISSING where neither weights nor a seed are given, and what models throw. */
export async function victimModel(command: string, values: ModelValues) {
  const { checkWeights, openClassifier } = await import('@leakscope/models');
  const options = {
    classes: integerOption('classes', values.classes, 2),
    resolution: integerOption('resolution', values.resolution, 1),
  };
  const model = await openClassifier(values.arch, options, '.');
  const weights = await namedWeights(command, values, (seed) => model.initialise(seed));
  return { model, weights: checkWeights(model, weights) };
}

async function namedWeights(
  command: string,
  values: ModelValues,
  initialise: (random: import('@leakscope/shared/random').Random) => NamedTensors,
): Promise<NamedTensors> {
  if (values.weights !== undefined) {
    const { readSafetensors } = await import('@leakscope/shared/safetensors');
    return (await readSafetensors(values.weights)).tensors;
  }
  if (values['init-seed'] === undefined) {
    throw new LeakscopeError('CLI_ARGUMENT_MISSING', { command, argument: '--weights FILE (or --init-seed N)' });
  }
  const { seeded } = await import('@leakscope/shared/random');
  return initialise(seeded(integerOption('init-seed', values['init-seed']), 'model'));
}

/** Files as CHW images in [-1, 1], resized and cropped as torchvision does. Throws DATA_IMAGE_MISSING, DATA_IMAGE_CORRUPT. */
export async function readImages(paths: readonly string[], resolution: number): Promise<Float32Array[]> {
  const { cutToPlanes, decodeImage, normalise } = await import('@leakscope/data');
  return await Promise.all(
    paths.map(async (path) => normalise(cutToPlanes(await decodeImage(await bytesOf(path), path), resolution))),
  );
}

async function bytesOf(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new LeakscopeError('DATA_IMAGE_MISSING', { path, cause });
  }
}

/** `1,0,1` as class indices, one an image. Throws CLI_OPTION_INVALID. */
export function labelsOption(text: string, images: number, classes: number): number[] {
  const labels = text.split(',').map((label) => integerOption('labels', label));
  const reason =
    labels.length !== images
      ? `${images} images need ${images} labels, separated by commas`
      : labels.some((label) => label >= classes)
        ? `labels are below ${classes}, the number of classes`
        : undefined;
  if (reason) throw new LeakscopeError('CLI_OPTION_INVALID', { option: '--labels', value: text, reason });
  return labels;
}
