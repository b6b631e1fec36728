/** A client's whole defence: one or several in order, parsed, validated, ready to apply. */
import { LeakscopeError } from '@leakscope/shared/errors';
import { programName } from '@leakscope/shared/module';
import { formatPlugins, type PluginSpec, parsePlugins } from '@leakscope/shared/plugin';
import type { Exposure, PrivacyClaim } from '@leakscope/shared/privacy';
import { refusalOf } from '@leakscope/shared/refusal';
import type { NamedTensors } from '@leakscope/shared/tensors';
import type { Defense, DefenseContext } from './defense.ts';
import { DEFENSES } from './registry.ts';
import { IDENTITY, sequence, type Transform } from './transform.ts';

/** `blind`: ignores the defence; `estimated`: knows its kind; `oracle`: knows its parameters. */
export type KnowledgeLevel = 'blind' | 'estimated' | 'oracle';

/** 'clip:bound=4+noise:sigma=0.1', one `{ name, params }`, or several in order. */
export type DefenseSpec = PluginSpec | readonly PluginSpec[];

export interface DefensePlan {
  /** The canonical text, defaults included; `parseDefense` reads it back. */
  readonly text: string;
  readonly steps: readonly { readonly name: string; readonly params: Params }[];
  /** Whether a step acts there; a client computes per-example gradients only where one does. */
  uses(hook: Defense['hook']): boolean;
  /**
   * Runs what acts at one hook, in order; `update` itself stays as it is. Without a hook all run, and the update is taken for that
   * of one example.
   */
  apply(update: NamedTensors, context: DefenseContext, hook?: Defense['hook']): Promise<NamedTensors>;
  /** The transform for an attacker at this level of knowledge. */
  attackerView(y: NamedTensors, level: KnowledgeLevel): Transform;
  /**
   * What each step that promises differential privacy promises. What follows it cannot weaken it, unless it looks at the examples again,
   * as Soteria does: then the promise is void, and left out.
   */
  claims(exposure: Exposure): PrivacyClaim[];
}

type Params = Readonly<Record<string, unknown>>;

const HOOKS: readonly Defense['hook'][] = ['example', 'step', 'update'];

/**
 * Reads a defence; `base` is the folder that module paths start from, by default the current one.
 * Throws DEFENSE_UNKNOWN, DEFENSE_PARAMETER_INVALID (field and value), MODULE_INVALID, MODULE_FAILED, DEFENSE_ORDER_INVALID, CONFIG_PLUGIN_INVALID.
 */
export async function parseDefense(spec: DefenseSpec, { base = process.cwd() } = {}): Promise<DefensePlan> {
  const steps: Step[] = [];
  for (const { name, params } of parsePlugins(spec, 'defense')) {
    const defense = await DEFENSES.find(name, base);
    steps.push({ name, defense, params: validate(defense, params) });
  }
  requireOrder(steps);
  return planOf(steps);
}

interface Step {
  /** As written: a built-in's name or a module's path. */
  readonly name: string;
  readonly defense: Defense;
  readonly params: Params;
}

function planOf(steps: readonly Step[]): DefensePlan {
  return {
    text: steps.length === 0 ? 'none' : formatPlugins(steps),
    steps: steps.map(({ name, params }) => ({ name, params })),
    uses: (hook) => steps.some(({ defense }) => actionAt(hook, defense) !== undefined),
    async apply(update, context, hook) {
      let defended: NamedTensors = new Map(update);
      for (const at of hook === undefined ? HOOKS : [hook]) {
        for (const [index, { defense, params }] of steps.entries()) {
          // Two noises in one plan must not draw the same numbers.
          const own: DefenseContext = { ...context, random: (...path) => context.random(index, ...path) };
          defended = (await actionAt(at, defense)?.(defended, params, own)) ?? defended;
        }
      }
      return defended;
    },
    attackerView(y, level) {
      if (level === 'blind') return IDENTITY;
      return sequence(
        steps.map(({ defense, params }) =>
          nameOfModule(defense, defense.attackerView(y, level === 'oracle' ? { oracle: params } : 'estimated')),
        ),
      );
    },
    claims: (exposure) =>
      steps
        .filter((_, index) => !steps.slice(index + 1).some(({ defense }) => defense.readsExamples))
        .flatMap(({ defense, params }) => defense.claim?.(params, exposure) ?? []),
  };
}

/** What a defence does there; undefined where it does nothing. */
function actionAt(hook: Defense['hook'], defense: Defense): Defense['apply'] | undefined {
  if (defense.hook === hook) return defense.apply.bind(defense);
  return hook === 'example' ? defense.perExample?.bind(defense) : undefined;
}

/** Programs are cached by a function's name: a module's must not meet those of another module, or of its own earlier version. */
function nameOfModule(defense: Defense, view: Transform): Transform {
  if (defense.module === undefined) return view;
  if (view.kind === 'sequence') return sequence(view.steps.map((step) => nameOfModule(defense, step)));
  return view.kind === 'function' ? { ...view, name: `${programName(defense)}/${view.name}` } : view;
}

function validate(defense: Defense, params: Params): Params {
  const result = defense.params.safeParse(params);
  if (result.success) return result.data as Params;
  const { field, value, reason } = refusalOf(result.error, params);
  throw new LeakscopeError('DEFENSE_PARAMETER_INVALID', {
    defense: defense.name,
    field: field || 'params',
    value,
    reason,
  });
}

function requireOrder(steps: readonly Step[]): void {
  for (const [index, { name, defense }] of steps.entries()) {
    const before = steps[index - 1]?.defense.hook ?? 'example';
    // Its clipping bounds what an example can change only as long as nothing has acted on their mean.
    const first = defense.perExample === undefined ? defense.hook : 'example';
    if (HOOKS.indexOf(first) < HOOKS.indexOf(before)) {
      throw new LeakscopeError('DEFENSE_ORDER_INVALID', { value: name, hook: first, after: before });
    }
  }
}
