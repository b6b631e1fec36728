/** From what a person writes to the form that the schema describes. What it does not understand it leaves for the schema to refuse. */
import { LeakscopeError } from '../errors.ts';
import { type PluginSpec, parsePlugin, parsePlugins } from '../plugin.ts';
import { trainingSchema } from './training.ts';

type Raw = Record<string, unknown>;

/** Shorthands taken apart; a canonical experiment comes back as it is. */
export function canonical(raw: Raw): Raw {
  const { attack, attacks, data, evaluation, stages, clients, ...rest } = raw;
  // A mistyped `attacks` beside `attack` must not vanish.
  const listed = attack === undefined ? attacks : attacks === undefined ? attack : [attack, attacks];
  return {
    ...rest,
    ...(data === undefined ? {} : { data: gathered(data, ['source']) }),
    ...(evaluation === undefined ? {} : { evaluation: evaluationOf(evaluation) }),
    ...(isRecord(rest.training) && { training: trainingOf(rest.training, 'training') }),
    stages: stagesOf(stages, rest.training),
    clients: clientsOf(clients),
    attacks: listOf(listed ?? {}).map((one, i) => attackOf(one, `attacks.${i}`)),
  };
}

/** Keys other than `own` move into `params`. */
function gathered(value: unknown, own: readonly string[]): unknown {
  if (!isRecord(value)) return value;
  const { params, ...given } = value;
  if (params !== undefined && !isRecord(params)) return value;
  const kept: Raw = {};
  const moved: Raw = { ...params };
  for (const [key, field] of Object.entries(given)) (own.includes(key) ? kept : moved)[key] = field;
  return { ...kept, params: moved };
}

function attackOf(value: unknown, field: string): unknown {
  if (typeof value === 'string') return { ...parsePlugin(value, field) };
  return gathered(value, ['name', 'threat']);
}

function evaluationOf(value: unknown): unknown {
  if (!isRecord(value) || value.metrics === undefined) return value;
  const parts = listOf(value.metrics);
  return { ...value, metrics: parts.every(isSpec) ? parsePlugins(parts, 'evaluation.metrics') : parts };
}

/** Keys of `training` that stand in the stage itself, or in its own `training`, come before the experiment's. */
function stagesOf(stages: unknown, training: unknown): unknown {
  const given = stages === undefined ? [{ name: 'training', rounds: 10 }] : stages;
  if (!Array.isArray(given)) return given;
  return given.map((stage: unknown, i) => {
    if (!isRecord(stage) || (training !== undefined && !isRecord(training))) return stage;
    const { training: own, ...rest } = stage;
    if (own !== undefined && !isRecord(own)) return stage;
    const flat = Object.entries(rest).filter(([key]) => key in trainingSchema.shape);
    const kept = Object.entries(rest).filter(([key]) => !(key in trainingSchema.shape));
    const whole = { ...training, ...Object.fromEntries(flat), ...own };
    return { ...Object.fromEntries(kept), training: trainingOf(whole, `stages.${i}.training`) };
  });
}

/** The plug-ins of a training section, each written as text or as an object. */
function trainingOf(training: Raw, field: string): Raw {
  const plugins = ['aggregation', 'serverOptimizer'] as const;
  const parsed = plugins.flatMap((key) => {
    const spec = training[key];
    return isSpec(spec) ? [[key, parsePlugin(spec, `${field}.${key}`)] as const] : [];
  });
  return { ...training, ...Object.fromEntries(parsed) };
}

function clientsOf(clients: unknown): unknown {
  const given = clients === undefined ? { count: 4 } : clients;
  return listOf(given).flatMap((client, i) => expanded(client, `clients.${i}`));
}

/** `{ id: noise, count: 3 }` is noise-1, noise-2, noise-3. */
function expanded(client: unknown, field: string): unknown[] {
  if (!isRecord(client)) return [client];
  const { count, id = 'client', defense, ...rest } = client;
  const base = { ...rest, ...defenseOf(defense, `${field}.defense`) };
  if (count === undefined) return [{ id, ...base }];
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 1 || count > 10_000) {
    throw new LeakscopeError('CONFIG_VALUE_INVALID', {
      field: `${field}.count`,
      value: count,
      reason: 'expected an integer from 1 to 10000',
    });
  }
  return Array.from({ length: count }, (_, i) => ({ id: typeof id === 'string' ? `${id}-${i + 1}` : id, ...base }));
}

function defenseOf(defense: unknown, field: string): Raw {
  if (defense === undefined) return { defense: [{ name: 'none', params: {} }] };
  const parts = listOf(defense);
  return { defense: parts.every(isSpec) ? parsePlugins(parts, field) : parts };
}

/** Text, or an object that holds nothing but a name and parameters. */
function isSpec(value: unknown): value is PluginSpec {
  if (typeof value === 'string') return true;
  if (!isRecord(value) || typeof value.name !== 'string') return false;
  return Object.keys(value).every((key) => key === 'name' || (key === 'params' && isRecord(value.params)));
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}

function isRecord(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
