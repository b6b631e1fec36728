/** Gradient defences: what the client does, and what the attacker can still see. */
export { clip, estimateClip } from './clip.ts';
export { type DefendOptions, defendUpdate } from './defend.ts';
export {
  type Defense,
  type DefenseContext,
  defineDefense,
  type FeatureSensitivity,
  type Knowledge,
} from './defense.ts';
export type { DefenseKit, DefenseModule } from './kit.ts';
export { noise } from './noise.ts';
export { none } from './none.ts';
export { percentile } from './percentile.ts';
export { type DefensePlan, type DefenseSpec, type KnowledgeLevel, parseDefense } from './plan.ts';
export { DEFENSES } from './registry.ts';
export { type FeatureSensitivityOptions, featureSensitivity } from './sensitivity.ts';
export { featureScores, liveColumns, soteria } from './soteria.ts';
export { estimateSparsity, sparsify } from './sparsify.ts';
export { applyTransform, IDENTITY, mapTensors, sequence, type Transform } from './transform.ts';
