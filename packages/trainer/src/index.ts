/** Training of the generators that the attack searches, and the measurement of how good they are. */
export type { Compute } from './compute.ts';
export type { TrainingProgress } from './progress.ts';
export type { Recipe } from './recipe.ts';
export { DEFAULT_RECIPE, RECIPE_NAMES, recipeNamed } from './recipes.ts';
export { drawSamples, writeGrid } from './sample.ts';
export { type TrainOptions, type TrainResult, trainGenerator } from './train.ts';
