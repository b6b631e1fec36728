/** Every aggregation rule by name, and those of users' own modules. */
import { LeakscopeError } from '@leakscope/shared/errors';
import { registry } from '@leakscope/shared/module';
import { type PluginSpec, parsePlugin } from '@leakscope/shared/plugin';
import { refusalOf } from '@leakscope/shared/refusal';
import type { AggregationRule, Fold } from './aggregation-rule.ts';
import { contract } from './contract.ts';
import { median } from './median.ts';
import { normBound } from './norm-bound.ts';
import { trimmedMean } from './trimmed-mean.ts';
import { weightedMean } from './weighted-mean.ts';

/** In the order of the docs. */
export const AGGREGATION_RULES = registry<AggregationRule>({
  kind: 'aggregation rule',
  builtIn: [weightedMean, median, trimmedMean, normBound],
  contract,
  kit: async () => (await import('./kit.ts')).kit,
  unknown: (details) => new LeakscopeError('SERVER_AGGREGATION_UNKNOWN', details),
});

/** A rule with its parameters. */
export type Aggregation =
  | { readonly sees: 'updates'; start(): Fold }
  | { readonly sees: 'entries'; combine(values: Float64Array): number };

/**
 * Reads a rule, `trimmed-mean:fraction=0.2`; `base` is the folder that a module's path starts from, by default the current one.
 * Throws SERVER_AGGREGATION_UNKNOWN, SERVER_PARAMETER_INVALID, CONFIG_PLUGIN_INVALID, MODULE_INVALID, MODULE_FAILED.
 */
export async function parseAggregation(spec: PluginSpec, { base = process.cwd() } = {}): Promise<Aggregation> {
  const { name, params: given } = parsePlugin(spec, 'training.aggregation');
  const rule = await AGGREGATION_RULES.find(name, base);
  const result = rule.params.safeParse(given);
  if (!result.success) {
    const { field, value, reason } = refusalOf(result.error, given);
    throw new LeakscopeError('SERVER_PARAMETER_INVALID', { owner: name, field: field || 'params', value, reason });
  }
  const params = result.data;
  return rule.sees === 'updates'
    ? { sees: 'updates', start: () => rule.start(params) }
    : { sees: 'entries', combine: (values) => rule.combine(values, params) };
}
