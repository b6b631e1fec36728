/** Errors of generator training. */
import { entry, show } from './entry.ts';

export const trainErrors = {
  TRAIN_ARCH_UNSUITED: entry<{ arch: string; recipe: string }>(
    'usage',
    (d) => `recipe ${d.recipe} cannot train ${d.arch}: its first layer is not linear`,
    'Train ggl-wgan32, or choose the recipe wgan-gp.',
  ),
  TRAIN_CHECKPOINT_MISMATCH: entry<{ path: string; field: string; value: string; written: string }>(
    'input',
    (d) => `checkpoint ${d.path} has ${d.field} ${d.written}, this training ${d.value}`,
    'Resume with the options and the data that the training began with, or start anew without --resume.',
  ),
  TRAIN_CHECKPOINT_MISSING: entry<{ path: string }>(
    'input',
    (d) => `there is no checkpoint ${d.path}`,
    'Check --out, or start anew without --resume.',
  ),
  TRAIN_DIVERGED: entry<{ loss: string; value: number; step: number }>(
    'computation',
    (d) => `training diverged: the loss ${d.loss} is ${d.value} at step ${d.step}`,
    'Lower the learning rate; the last checkpoint is from before.',
  ),
  TRAIN_IMAGE_SHAPE: entry<{ index: number; expected: number; actual: number }>(
    'input',
    (d) => `image ${d.index} has ${d.actual} values, the generator makes ${d.expected}`,
    "Set data.resolution to the generator's side.",
  ),
  TRAIN_LATENTS_DEGENERATE: entry<{ dimension: number; variance: number }>(
    'computation',
    (d) => `the latents of the training images do not span dimension ${d.dimension} (variance ${d.variance})`,
    'Train longer, or on more images than the latents have dimensions.',
  ),
  TRAIN_OPTION_INVALID: entry<{ field: string; value: unknown; expected: string }>(
    'usage',
    (d) => `${d.field} is ${show(d.value)}, not ${d.expected}`,
    'leakscope train-generator --help lists the options.',
  ),
  TRAIN_RECIPE_UNKNOWN: entry<{ value: string; known: readonly string[] }>(
    'usage',
    (d) => `unknown training recipe ${show(d.value)}; known: ${d.known.join(', ')}`,
    'leakscope train-generator --help describes the recipes.',
  ),
  TRAIN_TOO_FEW_IMAGES: entry<{ count: number; batch: number }>(
    'input',
    (d) => `${d.count} public images do not fill a batch of ${d.batch}`,
    'Give more images, or a smaller --batch.',
  ),
};
