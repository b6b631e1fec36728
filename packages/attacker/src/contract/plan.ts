/** An attack with its parameters, ready to run: what the worker and `leakscope attack` work with. */
import type { AttackContext, AttackInput, Outcome, Workload } from './attack.ts';
import type { Reconstruction } from './reconstruction.ts';

export interface AttackPlan {
  readonly name: string;
  /** All of them, defaults and those of its parts included. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Losses or gradients of one candidate that an update takes at most. */
  readonly evaluations?: number;
  /**
   * Reconstructs what the threat model allows.
   * @throws ATTACK_REFUSED, ATTACK_DIVERGED, and what reading the update, the generator and the engine throw
   */
  reconstruct(input: AttackInput, context?: AttackContext): Promise<Reconstruction>;
  /** Where the attack gains by it; see `CohortAttack`. */
  readonly cohort?: CohortPlan;
}

/** `CohortAttack` with its parameters. */
export interface CohortPlan {
  readonly workload: Workload;
  seconds(input: AttackInput, population: number, context?: AttackContext): Promise<number>;
  reconstruct(inputs: readonly AttackInput[], context?: AttackContext): Promise<Outcome<Reconstruction>[]>;
}
