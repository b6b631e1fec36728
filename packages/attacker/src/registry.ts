/** Every attack by name, and the one door through which all are run. */
import { threatSchema } from '@leakscope/shared/config';
import { LeakscopeError } from '@leakscope/shared/errors';
import { type PluginSpec, parsePlugin } from '@leakscope/shared/plugin';
import { refusalOf } from '@leakscope/shared/refusal';
import { ggl } from './attacks/ggl/ggl.ts';
import { priorOnly } from './attacks/prior-only/prior-only.ts';
import type {
  Attack,
  AttackContext,
  AttackInput,
  Outcome,
  Reconstruction,
  SideBySide,
  Workload,
} from './contract/attack.ts';
import { requireKnowledge, type ThreatModel } from './contract/threat.ts';

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
  /** Where the attack gains by it; see `SideBySide`. */
  readonly sideBySide?: PlannedSideBySide;
}

/** `SideBySide` with its parameters. */
export interface PlannedSideBySide {
  readonly workload: Workload;
  seconds(input: AttackInput, size: number, context?: AttackContext): Promise<number>;
  reconstruct(inputs: readonly AttackInput[], context?: AttackContext): Promise<Outcome<Reconstruction>[]>;
}

/** Reads 'ggl:steps=500,generator=celeba-32' or `{ name, params }`. @throws ATTACK_UNKNOWN, ATTACK_PARAMETER_INVALID */
export function parseAttack(spec: PluginSpec): AttackPlan {
  const { name, params } = parsePlugin(spec, 'attack');
  const attack = ATTACKS.get(name);
  if (attack === undefined) throw new LeakscopeError('ATTACK_UNKNOWN', { value: name, known: [...ATTACKS.keys()] });
  const validated = validate(attack, params);
  const { sideBySide } = attack;
  return {
    name,
    params: validated,
    async reconstruct(input, context = {}) {
      requireFor(attack, input);
      return attack.reconstruct(input, validated, context);
    },
    ...(sideBySide !== undefined && { sideBySide: planned(attack, sideBySide, validated) }),
  };
}

const requireFor = (attack: Attack, { threat, update, oracle }: AttackInput): void =>
  requireKnowledge(attack, threat, update, oracle);

function planned(attack: Attack, offer: SideBySide, params: AttackPlan['params']): PlannedSideBySide {
  return {
    workload: offer.workload(params),
    async seconds(input, size, context = {}) {
      requireFor(attack, input);
      return offer.seconds(input, size, params, context);
    },
    async reconstruct(inputs, context = {}) {
      const allowed = await Promise.allSettled(inputs.map(async (input) => requireFor(attack, input)));
      const kept = inputs.filter((_, i) => allowed[i]?.status === 'fulfilled');
      const found = (await offer.reconstruct(kept, params, context)).values();
      return allowed.map((one) => (one.status === 'rejected' ? one : (found.next().value as Outcome<Reconstruction>)));
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
