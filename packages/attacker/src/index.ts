/** Gradient inversion attacks, their optimisers and the attack worker. */

export { type AttackUpdateOptions, attackUpdate } from './attack-update.ts';
export {
  type Attack,
  type AttackContext,
  type AttackInput,
  type AttackProgress,
  defineAttack,
} from './contract/attack.ts';
export type { AttackPlan, CohortPlan } from './contract/plan.ts';
export type { Reconstruction } from './contract/reconstruction.ts';
export { reconstructionDetails, reconstructionTensors } from './contract/reconstruction-file.ts';
export type { OracleKnowledge, ThreatModel } from './contract/threat.ts';
export { gradientScale, type InterceptedUpdate, type LocalTraining } from './contract/update.ts';
export { computeGradient, type GradientOptions, type GradientResult } from './matching/client-gradient.ts';
export type { AttackKit, AttackModule, ObjectiveModule, OptimiserModule, RegulariserModule } from './module/kit.ts';
export { ATTACKS, parseAttack, threatModel } from './registry.ts';
export {
  type AttackerOptions,
  type AttackerProgress,
  type AttackerResult,
  runAttacker,
} from './worker/run-attacker.ts';
