/** What every attack, optimiser, objective and regulariser must do, built in or a user's own. */
export { attackConformance } from './conformance/attack.ts';
export { objectiveConformance } from './conformance/objective.ts';
export { optimiserConformance } from './conformance/optimiser.ts';
export { regulariserConformance } from './conformance/regulariser.ts';
export { kit } from './kit.ts';
