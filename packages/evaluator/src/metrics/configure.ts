/** The metrics of an experiment: the standard ones, and those that it names. */
import { LeakscopeError } from '@leakscope/shared/errors';
import { type PluginSpec, parsePlugins } from '@leakscope/shared/plugin';
import { refusalOf } from '@leakscope/shared/refusal';
import { type ConfiguredMetric, METRICS, STANDARD_METRICS } from './registry.ts';

const FIELD = 'evaluation.metrics';

/**
 * The standard metrics, those of `specs` that are standard with other parameters, and then the others. A module's path starts
 * at `base`. Throws CONFIG_VALUE_INVALID (unknown, parameters that are not valid, a name twice), MODULE_INVALID, MODULE_FAILED.
 */
export async function configureMetrics(specs: readonly PluginSpec[], base = '.'): Promise<ConfiguredMetric[]> {
  const configured = new Map(STANDARD_METRICS.map((one) => [one.metric.name, one]));
  const named = new Set<string>();
  for (const { name, params } of parsePlugins(specs, FIELD)) {
    const metric = await METRICS.find(name, base);
    const taken = metric.module === undefined ? named.has(metric.name) : configured.has(metric.name);
    if (taken) throw invalid(FIELD, name, `there is another metric ${metric.name}`);
    const result = metric.params.safeParse(params);
    if (!result.success) {
      const { field, value, reason } = refusalOf(result.error, params);
      throw invalid(`${FIELD} ${name}: ${field}`, value, reason);
    }
    configured.set(metric.name, { metric, params: result.data });
    named.add(metric.name);
  }
  return [...configured.values()];
}

const invalid = (field: string, value: unknown, reason: string) =>
  new LeakscopeError('CONFIG_VALUE_INVALID', { field, value, reason });
