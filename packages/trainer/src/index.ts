/** Training of the generators that the attack searches, and the measurement of how good they are. */

export { modelCard } from './card.ts';
export type { Compute } from './compute.ts';
export { writeGrid } from './grid.ts';
export { type GeneratorQuality, type MeasureOptions, measureGenerator } from './measure.ts';
export type { TrainingProgress } from './progress.ts';
export type { Recipe } from './recipe.ts';
export { DEFAULT_RECIPE, RECIPE_NAMES, recipeNamed } from './recipes.ts';
export { type TrainOptions, type TrainResult, trainGenerator } from './train.ts';
