/** Gradient inversion attacks, their optimisers and the attack worker. */
export {
  type Attack,
  type AttackContext,
  type AttackInput,
  type AttackProgress,
  defineAttack,
  type Reconstruction,
  type TracePoint,
} from './attack.ts';
export { type AttackUpdateOptions, attackUpdate } from './attack-update.ts';
export { type DefenseEvidence, inferDefense } from './defense-inference.ts';
export type { DefenseEstimate, Estimates, LabelEstimate } from './estimates.ts';
export { computeGradient, type GradientOptions, type GradientResult } from './gradient.ts';
export { inferLabels, type LabelEvidence } from './labels.ts';
export { reconstructionDetails, reconstructionTensors } from './reconstruction-file.ts';
export { type AttackPlan, attacks, parseAttack, threatModel } from './registry.ts';
export { type AttackerOptions, type AttackerProgress, type AttackerResult, runAttacker } from './run-attacker.ts';
export type { OracleKnowledge, ThreatModel } from './threat.ts';
export { gradientScale, type InterceptedUpdate, type LocalTraining } from './update.ts';
