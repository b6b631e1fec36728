/** Turns what the schema refuses into a coded error that names field and value. */
import { LeakscopeError } from '../errors.ts';
import { refusalOf } from '../refusal.ts';
import { closest } from '../suggest.ts';
import { canonical } from './canonical.ts';
import { type Experiment, experimentSchema } from './experiment.ts';
import { experimentKeys } from './keys.ts';
import { checkRules } from './rules.ts';

/**
 * Validates and fills in every default. Throws CONFIG_UNKNOWN_KEY, CONFIG_VALUE_INVALID or CONFIG_PLUGIN_INVALID.
 * Parameters of plug-ins (data, defences, attacks) are left to the registries that own them.
 */
export function resolveExperiment(raw: unknown): Experiment {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new LeakscopeError('CONFIG_VALUE_INVALID', {
      field: 'experiment',
      value: raw,
      reason: 'expected keys and values',
    });
  }
  const form = canonical(raw as Record<string, unknown>);
  const result = experimentSchema.safeParse(form);
  if (!result.success) {
    const { field, value, reason, unknownKey } = refusalOf(result.error, form);
    if (unknownKey !== undefined) throw new LeakscopeError('CONFIG_UNKNOWN_KEY', { field, suggestion: suggest(field) });
    throw new LeakscopeError('CONFIG_VALUE_INVALID', { field, value, reason });
  }
  checkRules(result.data);
  return result.data;
}

/** The nearest key beside it; else the place where a key of this very name belongs. */
function suggest(field: string): string | undefined {
  const parts = field.split('.');
  const name = parts.at(-1) as string;
  const parent = parts.slice(0, -1).join('.');
  const pattern = (path: string) => path.replace(/\.\d+(?=\.|$)/g, '[]');
  const keys = experimentKeys().map(({ path }) => path);
  const parentOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf('.')));
  const nameOf = (path: string) => path.slice(path.lastIndexOf('.') + 1);
  // What a person may write beside the canonical keys: a stage's training keys in the stage itself, and `attack`.
  const homes = pattern(parent) === 'stages[]' ? ['stages[]', 'training'] : [pattern(parent)];
  const beside = keys.filter((path) => homes.includes(parentOf(path))).map(nameOf);
  const near = closest(name, parent === '' ? [...beside, 'attack'] : beside);
  if (near !== undefined) return parent === '' ? near : `${parent}.${near}`;
  return keys.find((path) => nameOf(path) === name);
}
