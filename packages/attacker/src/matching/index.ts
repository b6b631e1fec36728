/** Gradient matching: how far a candidate's gradient is from an intercepted one, and which way the candidate should move. */
export { type Chosen, type Part, using } from '../contract/part.ts';
export { computeGradient, type GradientOptions, type GradientResult, oneHotRows } from './client-gradient.ts';
export { cosine } from './objectives/cosine.ts';
export { l2 } from './objectives/l2.ts';
export { layerCosine } from './objectives/layer-cosine.ts';
export { layerL2 } from './objectives/layer-l2.ts';
export type { Objective, Sums } from './objectives/objective.ts';
export { OBJECTIVES } from './objectives/registry.ts';
export type { MatchingForm, MatchingProblem } from './problem.ts';
export {
  type MatchingKnowledge,
  matchingProgram,
  matchingTensors,
  searchedInput,
  searchedShape,
} from './program.ts';
export { kld } from './regularisers/kld.ts';
export { norm } from './regularisers/norm.ts';
export { REGULARISERS } from './regularisers/registry.ts';
export type { Penalty, Regulariser } from './regularisers/regulariser.ts';
