/** The registry of training recipes. */
import { LeakscopeError } from '@leakscope/shared/errors';
import type { Recipe } from './recipe.ts';
import { vae } from './recipes/vae.ts';
import { wganGp } from './recipes/wgan-gp.ts';

const RECIPES: readonly Recipe[] = [vae, wganGp];

export const DEFAULT_RECIPE = vae.name;

/** Every name that `recipeNamed` knows. */
export const RECIPE_NAMES: readonly string[] = RECIPES.map(({ name }) => name);

/** @throws TRAIN_RECIPE_UNKNOWN */
export function recipeNamed(name: string): Recipe {
  const recipe = RECIPES.find((candidate) => candidate.name === name);
  if (recipe === undefined) throw new LeakscopeError('TRAIN_RECIPE_UNKNOWN', { value: name, known: RECIPE_NAMES });
  return recipe;
}
