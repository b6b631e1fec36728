/** How wrong the attacker was about the defence: its own estimates against what the client really did. */
import { parsePlugins } from '@leakscope/shared/plugin';
import type { DefenseEstimate } from '@leakscope/shared/reconstruction';

/** By defence: not found, found where it was not, or the error of each estimated parameter (relative; a wrong choice by name). */
export type EstimationError = Readonly<
  Record<string, 'missed' | 'imagined' | Readonly<Record<string, number | 'wrong'>>>
>;

/**
 * `estimate`: the attack's; `defense`: the client's, as text. Null where the attack did not estimate. A user's own defence,
 * for which no attacker looks, is missed.
 */
export function estimationError(estimate: DefenseEstimate | undefined, defense: string): EstimationError | null {
  if (estimate === undefined) return null;
  const found = new Map<string, Readonly<Record<string, unknown>>>(Object.entries(estimate));
  const used = defense === '' ? [] : parsePlugins(defense, 'defense').filter(({ name }) => name !== 'none');
  const errors: Record<string, EstimationError[string]> = {};
  for (const { name, params } of used) {
    const own = found.get(name);
    errors[name] = own === undefined ? 'missed' : compare(own, { ...DEFAULTS[name], ...params });
  }
  for (const name of found.keys()) if (errors[name] === undefined) errors[name] = 'imagined';
  return errors;
}

/** What an experiment file may leave out. */
const DEFAULTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = { clip: { scope: 'global' } };

function compare(
  estimate: Readonly<Record<string, unknown>>,
  truth: Readonly<Record<string, unknown>>,
): Record<string, number | 'wrong'> {
  const errors: Record<string, number | 'wrong'> = {};
  for (const [field, value] of Object.entries(estimate)) {
    const actual = truth[field];
    if (typeof value === 'number' && typeof actual === 'number' && actual !== 0) errors[field] = value / actual - 1;
    else if (actual !== undefined && value !== actual) errors[field] = 'wrong';
  }
  return errors;
}
