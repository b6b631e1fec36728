/** Gradient matching: how far a candidate's gradient is from an intercepted one, and which way the candidate should move. */
export { computeGradient, type GradientOptions, type GradientResult, oneHotRows } from './client-gradient.ts';
export type { MatchingForm, MatchingLoss, MatchingProblem, Regulariser } from './problem.ts';
export {
  type MatchingKnowledge,
  type MatchingOutputs,
  matchingProgram,
  matchingTensors,
  programName,
  searchedInput,
  searchedShape,
} from './program.ts';
export { regularise } from './regulariser.ts';
