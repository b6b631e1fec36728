/** An attack's parameters, its parts' among them: one flat list in an experiment, validated by whoever owns each. */
import { LeakscopeError } from '@leakscope/shared/errors';
import type { Registry } from '@leakscope/shared/module';
import { refusalOf } from '@leakscope/shared/refusal';
import type { z } from 'zod';
import type { Chosen, Part } from './part.ts';

export interface Choice<T extends Part = Part> {
  readonly among: Registry<T>;
  /** Name of the one that is taken where the experiment names none. */
  readonly fallback: string;
}

/** What an attack is made of, by the parameter that chooses it: `optimizer`, `loss`. */
export type Choices = Readonly<Record<string, Choice>>;

export type ChosenParts<C extends Choices> = {
  readonly [K in keyof C]: C[K] extends Choice<infer T> ? Chosen<T> : never;
};

type Values = Readonly<Record<string, unknown>>;

/** Whose parameters are read. */
interface Parametrised {
  readonly name: string;
  readonly params: z.ZodObject;
  readonly parts?: Choices;
}

export interface Parameters {
  /** All of them by name, as records hold them. */
  readonly record: Values;
  /** The attack's own, and each part that they choose: what the attack is called with. */
  readonly settings: Values;
}

/**
 * Validates and completes `values`; the path of a part's module starts at `base`.
 * @throws ATTACK_PARAMETER_INVALID (a value that its owner refuses, or a key that belongs to no chosen part), ATTACK_PART_UNKNOWN,
 * MODULE_INVALID, MODULE_FAILED
 */
export async function readParameters(attack: Parametrised, values: Values, base: string): Promise<Parameters> {
  const parts = await Promise.all(
    Object.entries(attack.parts ?? {}).map(async ([key, choice]) => ({
      key,
      choice,
      part: await choice.among.find(String(values[key] ?? choice.fallback), base),
    })),
  );
  const owners = [attack.params, ...parts.map(({ part }) => part.params)];
  const known = new Set([...owners.flatMap(keysOf), ...parts.map(({ key }) => key)]);
  for (const key of Object.keys(values)) {
    if (!known.has(key)) throw refused(attack.name, key, values[key], whyForeign(attack.name, key, parts));
  }
  const [own, ...theirs] = owners.map((schema) => validated(attack.name, schema, values)) as [Values, ...Values[]];
  const chosen = parts.map(({ key, part }, i) => [key, { part, params: theirs[i] as Values }] as const);
  const names = parts.map(({ key, part }) => [key, values[key] ?? part.name] as const);
  return {
    record: Object.assign({}, own, ...theirs, Object.fromEntries(names)),
    settings: { ...own, ...Object.fromEntries(chosen) },
  };
}

const keysOf = (schema: z.ZodObject): string[] => Object.keys(schema.shape);

/** Names the choice that keeps a part's parameter out, where there is one. */
function whyForeign(
  attack: string,
  key: string,
  parts: readonly { key: string; choice: Choice; part: Part }[],
): string {
  const owner = parts.find(({ choice }) => choice.among.builtIn.some(({ params }) => Object.hasOwn(params.shape, key)));
  const condition = owner === undefined ? '' : ` with ${owner.key}=${owner.part.name}`;
  return `${attack} has no such parameter${condition}`;
}

function validated(attack: string, schema: z.ZodObject, values: Values): Values {
  const own = Object.fromEntries(Object.entries(values).filter(([key]) => Object.hasOwn(schema.shape, key)));
  const result = schema.safeParse(own);
  if (result.success) return result.data;
  const { field, value, reason } = refusalOf(result.error, own);
  throw refused(attack, field, value, reason);
}

const refused = (attack: string, field: string, value: unknown, reason: string): LeakscopeError =>
  new LeakscopeError('ATTACK_PARAMETER_INVALID', { attack, field, value, reason });
