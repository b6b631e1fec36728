/** `leakscope defend`: one update through one defence, outside a federation. */
import { seeded } from '@leakscope/shared/random';
import { checkFinite, type NamedTensors } from '@leakscope/shared/tensors';
import type { FeatureSensitivity } from './defense.ts';
import { type DefensePlan, type DefenseSpec, parseDefense } from './plan.ts';

export interface DefendOptions {
  readonly update: NamedTensors;
  readonly defense: DefenseSpec;
  /** Of the noise; the same seed gives the same update. */
  readonly seed: number | string;
  /** Needed by Soteria; see `featureSensitivity`. */
  readonly sensitivity?: () => Promise<FeatureSensitivity>;
  /** Folder that a module's path starts from. */
  readonly base?: string;
}

/** The defended update and the plan that made it. Throws TENSORS_NOT_FINITE, and what `parseDefense` and the defence throw. */
export async function defendUpdate(options: DefendOptions): Promise<{ update: NamedTensors; plan: DefensePlan }> {
  const { update, defense, seed, sensitivity, base } = options;
  const plan = await parseDefense(defense, base === undefined ? {} : { base });
  checkFinite(update);
  const random = (...path: (string | number)[]) => seeded(seed, 'defend', ...path);
  const defended = await plan.apply(update, sensitivity === undefined ? { random } : { random, sensitivity });
  return { update: defended, plan };
}
