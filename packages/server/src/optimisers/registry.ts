/** Every server optimiser, by the name that an experiment file uses. */
import { LeakscopeError } from '@leakscope/shared/errors';
import { type PluginSpec, parsePlugin } from '@leakscope/shared/plugin';
import { refusalOf } from '@leakscope/shared/refusal';
import { closest } from '@leakscope/shared/suggest';
import { adam } from './adam.ts';
import type { ServerOptimiser, ServerOptimiserKind } from './server-optimiser.ts';
import { sgd } from './sgd.ts';

/** In the order of the docs. */
export const SERVER_OPTIMISERS: readonly ServerOptimiserKind[] = [sgd, adam];

/** A fresh optimiser: `adam:beta1=0.8`. Throws SERVER_OPTIMISER_UNKNOWN, SERVER_PARAMETER_INVALID, CONFIG_PLUGIN_INVALID. */
export function serverOptimiser(spec: PluginSpec): ServerOptimiser {
  const { name, params } = parsePlugin(spec, 'training.serverOptimizer');
  const kind = SERVER_OPTIMISERS.find((one) => one.name === name);
  if (kind === undefined) {
    const known = SERVER_OPTIMISERS.map((one) => one.name);
    throw new LeakscopeError('SERVER_OPTIMISER_UNKNOWN', { value: name, known, suggestion: closest(name, known) });
  }
  const result = kind.params.safeParse(params);
  if (result.success) return kind.create(result.data);
  const { field, value, reason } = refusalOf(result.error, params);
  throw new LeakscopeError('SERVER_PARAMETER_INVALID', { owner: name, field: field || 'params', value, reason });
}
