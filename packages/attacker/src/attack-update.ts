/** `leakscope attack`: one update caught anywhere, without a federation around it. */
import type { AttackContext, Reconstruction } from './attack.ts';
import { type AttackPlan, threatModel } from './registry.ts';
import type { OracleKnowledge, ThreatModel } from './threat.ts';
import type { InterceptedUpdate } from './update.ts';

export interface AttackUpdateOptions extends AttackContext {
  readonly attack: AttackPlan;
  /** `batchSize` 1, `round` 0 and `algorithm` fedsgd where not given. */
  readonly update: Pick<InterceptedUpdate, 'update' | 'weights' | 'arch' | 'classes'> & Partial<InterceptedUpdate>;
  /** Labels inferred and the defence estimated where not given. */
  readonly threat?: Partial<ThreatModel>;
  readonly oracle?: OracleKnowledge;
}

/** The reconstruction; whoever has the truth compares the two afterwards. @throws what `AttackPlan.reconstruct` throws */
export async function attackUpdate(options: AttackUpdateOptions): Promise<Reconstruction> {
  const { attack, update, threat, oracle, ...context } = options;
  const input = {
    update: { batchSize: 1, round: 0, algorithm: 'fedsgd' as const, ...update },
    threat: threatModel(threat),
    ...(oracle === undefined ? {} : { oracle }),
  };
  return attack.reconstruct(input, context);
}
