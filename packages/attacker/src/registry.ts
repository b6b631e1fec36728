/** Every attack by name, and the one door through which all are run. */
import { threatSchema } from '@leakscope/shared/config';
import { LeakscopeError } from '@leakscope/shared/errors';
import { type PluginSpec, parsePlugin } from '@leakscope/shared/plugin';
import { refusalOf } from '@leakscope/shared/refusal';
import type { Attack, AttackContext, AttackInput, Reconstruction } from './attack.ts';
import { ggl } from './attacks/ggl.ts';
import { priorOnly } from './attacks/prior-only.ts';
import { requireKnowledge, type ThreatModel } from './threat.ts';

const ATTACKS: ReadonlyMap<string, Attack> = new Map(
  [ggl, priorOnly].map((attack): [string, Attack] => [attack.name, attack as Attack]),
);

/** Every attack, in the order of the docs. */
export function attacks(): Attack[] {
  return [...ATTACKS.values()];
}

/** An attack with its validated parameters. */
export interface AttackPlan {
  readonly name: string;
  readonly params: Readonly<Record<string, unknown>>;
  /**
   * Reconstructs what the threat model allows.
   * @throws ATTACK_REFUSED, ATTACK_DIVERGED, and what reading the update, the generator and the engine throw
   */
  reconstruct(input: AttackInput, context?: AttackContext): Promise<Reconstruction>;
}

/** Reads 'ggl:steps=500,generator=celeba-32' or `{ name, params }`. @throws ATTACK_UNKNOWN, ATTACK_PARAMETER_INVALID */
export function parseAttack(spec: PluginSpec): AttackPlan {
  const { name, params } = parsePlugin(spec, 'attack');
  const attack = ATTACKS.get(name);
  if (attack === undefined) throw new LeakscopeError('ATTACK_UNKNOWN', { value: name, known: [...ATTACKS.keys()] });
  const validated = validate(attack, params);
  return {
    name,
    params: validated,
    async reconstruct(input, context = {}) {
      requireKnowledge(attack, input.threat, input.update, input.oracle);
      return attack.reconstruct(input, validated, context);
    },
  };
}

/** The default threat model with some of it changed. */
export function threatModel(changes: Partial<ThreatModel> = {}): ThreatModel {
  return threatSchema.parse(changes);
}

function validate(attack: Attack, params: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const result = attack.params.safeParse(params);
  if (result.success) return result.data;
  const { field, value, reason } = refusalOf(result.error, params);
  throw new LeakscopeError('ATTACK_PARAMETER_INVALID', {
    attack: attack.name,
    field: field || 'params',
    value,
    reason,
  });
}
