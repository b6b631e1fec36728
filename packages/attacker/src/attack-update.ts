/** `leakscope attack`: one update caught anywhere, without a federation around it. */
import type { Measurements } from '@leakscope/shared/measurements';
import { populationAlone } from './batching/measured-population.ts';
import type { AttackContext } from './contract/attack.ts';
import type { AttackPlan } from './contract/plan.ts';
import type { Reconstruction } from './contract/reconstruction.ts';
import type { OracleKnowledge, ThreatModel } from './contract/threat.ts';
import type { InterceptedUpdate } from './contract/update.ts';
import { threatModel } from './registry.ts';

export interface AttackUpdateOptions extends AttackContext {
  readonly attack: AttackPlan;
  /** `batchSize` 1, `round` 0 and `algorithm` fedsgd where not given. */
  readonly update: Pick<InterceptedUpdate, 'update' | 'weights' | 'model'> & Partial<InterceptedUpdate>;
  /** Labels inferred and the defence estimated where not given. */
  readonly threat?: Partial<ThreatModel>;
  readonly oracle?: OracleKnowledge;
  /** Where `population` is not given: what this machine has measured before, or now measures; without it, the attack's default. */
  readonly measurements?: Measurements;
}

/** The reconstruction; whoever has the truth compares the two afterwards. @throws what `AttackPlan.reconstruct` throws */
export async function attackUpdate(options: AttackUpdateOptions): Promise<Reconstruction> {
  const { attack, update, threat, oracle, measurements, ...context } = options;
  const input = {
    update: { batchSize: 1, round: 0, algorithm: 'fedsgd' as const, ...update },
    threat: threatModel(threat),
    ...(oracle === undefined ? {} : { oracle }),
  };
  if (measurements === undefined || context.population !== undefined) return attack.reconstruct(input, context);
  const known = { plan: attack, update: input.update, measurements, context, load: async () => input };
  return attack.reconstruct(input, { ...context, ...(await populationAlone(known)) });
}
