/** Every attack by name, and the one door through which all are run. */
import { threatSchema } from '@leakscope/shared/config';
import { LeakscopeError } from '@leakscope/shared/errors';
import { registry } from '@leakscope/shared/module';
import { type PluginSpec, parsePlugin } from '@leakscope/shared/plugin';
import { analytic } from './attacks/analytic/analytic.ts';
import { best } from './attacks/best/best.ts';
import { dlg } from './attacks/dlg/dlg.ts';
import { ggl } from './attacks/ggl/ggl.ts';
import { gi } from './attacks/gi/gi.ts';
import { gias } from './attacks/gias/gias.ts';
import { gifd } from './attacks/gifd/gifd.ts';
import { idlg } from './attacks/idlg/idlg.ts';
import { ig } from './attacks/ig/ig.ts';
import { priorOnly } from './attacks/prior-only/prior-only.ts';
import type { Attack, AttackInput, CohortAttack, Findings, Outcome } from './contract/attack.ts';
import { type Parameters, readParameters } from './contract/parameters.ts';
import type { AttackPlan, CohortPlan } from './contract/plan.ts';
import type { Reconstruction } from './contract/reconstruction.ts';
import { requireKnowledge, type ThreatModel } from './contract/threat.ts';
import { attackContract } from './module/contract.ts';

/** In the order of the docs. */
export const ATTACKS = registry<Attack>({
  kind: 'attack',
  builtIn: [best, ggl, gifd, gias, dlg, idlg, ig, gi, analytic, priorOnly],
  contract: attackContract,
  kit: async () => (await import('./module/kit.ts')).kit,
  unknown: (details) => new LeakscopeError('ATTACK_UNKNOWN', details),
});

/**
 * Reads 'ggl:steps=500,generator=celeba-32' or `{ name, params }`; paths of modules, its own or its parts', start at `base`.
 * @throws ATTACK_UNKNOWN, ATTACK_PART_UNKNOWN, ATTACK_PARAMETER_INVALID, MODULE_INVALID, MODULE_FAILED
 */
export async function parseAttack(spec: PluginSpec, base = '.'): Promise<AttackPlan> {
  const { name, params } = parsePlugin(spec, 'attack');
  const attack = await ATTACKS.find(name, base);
  const { record, settings } = await readParameters(attack, params, base);
  const complete = (findings: Findings): Reconstruction => ({ ...findings, attack: name, params: record });
  return {
    name,
    params: record,
    ...(attack.evaluations !== undefined && { evaluations: attack.evaluations(settings) }),
    async reconstruct(input, context = {}) {
      requireFor(attack, input);
      return complete(await attack.reconstruct(input, settings, context));
    },
    ...(attack.cohort !== undefined && { cohort: cohortPlan(attack, attack.cohort, settings, complete) }),
  };
}

const requireFor = (attack: Attack, { threat, update, oracle }: AttackInput): void =>
  requireKnowledge(attack, threat, update, oracle);

function cohortPlan(
  attack: Attack,
  cohort: CohortAttack,
  settings: Parameters['settings'],
  complete: (findings: Findings) => Reconstruction,
): CohortPlan {
  return {
    workload: cohort.workload(settings),
    async seconds(input, population, context = {}) {
      requireFor(attack, input);
      return cohort.seconds(input, population, settings, context);
    },
    async reconstruct(inputs, context = {}) {
      const allowed = await Promise.allSettled(inputs.map(async (input) => requireFor(attack, input)));
      const kept = inputs.filter((_, i) => allowed[i]?.status === 'fulfilled');
      const found = (await cohort.reconstruct(kept, settings, context)).values();
      return allowed.map((one): Outcome<Reconstruction> => {
        const outcome = one.status === 'rejected' ? one : (found.next().value as Outcome<Findings>);
        return outcome.status === 'rejected' ? outcome : { ...outcome, value: complete(outcome.value) };
      });
    },
  };
}

/** The default threat model with some of it changed. */
export function threatModel(changes: Partial<ThreatModel> = {}): ThreatModel {
  return threatSchema.parse(changes);
}
