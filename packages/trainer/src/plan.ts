/** What a training does, with the recipe's defaults filled in and every number checked. */
import { type Generator, generator as generatorOf } from '@leakscope/models';
import { LeakscopeError } from '@leakscope/shared/errors';
import type { Recipe } from './recipe.ts';
import { DEFAULT_RECIPE, recipeNamed } from './recipes.ts';

export interface Plan {
  readonly recipe: Recipe;
  readonly generator: Generator;
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly seed: number;
}

export interface PlanOptions {
  readonly recipe?: string;
  readonly arch?: string;
  readonly epochs?: number;
  readonly batch?: number;
  readonly learningRate?: number;
  readonly seed?: number;
}

/** @throws TRAIN_OPTION_INVALID, TRAIN_RECIPE_UNKNOWN, MODEL_UNKNOWN */
export function planOf(options: PlanOptions): Plan {
  const recipe = recipeNamed(options.recipe ?? DEFAULT_RECIPE);
  const generator = generatorOf(options.arch ?? 'ggl-wgan32');
  const {
    epochs = recipe.defaults.epochs,
    batch = recipe.defaults.batch,
    learningRate = recipe.defaults.learningRate,
    seed = 2022,
  } = options;
  for (const [field, value, valid, expected] of [
    ['epochs', epochs, epochs > 0 && Number.isFinite(epochs), 'a number above 0'],
    // Batch norm needs two examples to have a variance.
    ['batch', batch, Number.isInteger(batch) && batch >= 2, 'an integer of at least 2'],
    ['learningRate', learningRate, learningRate > 0 && Number.isFinite(learningRate), 'a number above 0'],
    ['seed', seed, Number.isSafeInteger(seed), 'an integer'],
  ] as const) {
    if (!valid) throw new LeakscopeError('TRAIN_OPTION_INVALID', { field, value, expected });
  }
  return { recipe, generator, epochs, batch, learningRate, seed };
}
