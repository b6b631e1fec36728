/** Opens the dataset that an experiment or a command line names. */
import { resolve } from 'node:path';
import { LeakscopeError } from '@leakscope/shared/errors';
import { isModulePath } from '@leakscope/shared/module';
import { parsePlugin } from '@leakscope/shared/plugin';
import { refusalOf, valueAt } from '@leakscope/shared/refusal';
import { closest } from '@leakscope/shared/suggest';
import { z } from 'zod';
import type { Dataset } from './dataset.ts';
import type { DataSource } from './source.ts';
import { SOURCES } from './sources.ts';

type Params = Readonly<Record<string, unknown>>;

/** A checked `data` section: nothing is opened yet. */
export interface DataPlan {
  readonly source: string;
  /** Defaults filled in. */
  readonly params: Params;
  /** Side of the images, in pixels. */
  readonly resolution: number;
  /** Whoever opens it closes it. Throws DATA_ errors. */
  open(): Promise<Dataset>;
}

/**
 * Checks a `data` section, its keys beside `source` or in `params`; relative paths in it start at `base`, the folder of the
 * experiment file. Throws CONFIG_UNKNOWN_KEY and CONFIG_VALUE_INVALID with the field, MODULE_INVALID, MODULE_FAILED.
 */
export async function parseData(section: unknown, base = '.'): Promise<DataPlan> {
  if (typeof section !== 'object' || section === null)
    throw new LeakscopeError('CONFIG_VALUE_INVALID', {
      field: 'data',
      value: section,
      reason: 'expected keys and values',
    });
  const { source: name, params: inner, ...beside } = section as Record<string, unknown>;
  const given = typeof inner === 'object' ? { ...beside, ...inner } : beside;
  const source = await SOURCES.find(String(name), base);
  const params = checked(source, given);
  const { resolution } = params as { resolution: number };
  return { source: String(name), params, resolution, open: () => source.open(params, { base: resolve(base) }) };
}

/** Opens what a `data` section describes. Throws what `parseData` and `DataPlan.open` throw. */
export const openDataset = async (section: unknown, { base = '.' } = {}): Promise<Dataset> =>
  (await parseData(section, base)).open();

/** `celeba:PATH`, `image-folder:PATH`, `synthetic-faces[:SEED]` or `./mine.ts[:key=value,...]`, as commands take it. */
export async function parseDataOption(text: string): Promise<DataPlan> {
  const [name = '', ...rest] = text.split(':');
  if (isModulePath(name)) {
    const { name: source, params } = parsePlugin(text, '--data');
    return await parseData({ source, params });
  }
  const value = rest.join(':');
  const { shorthand } = SOURCES.get(name);
  if (rest.length === 0 || shorthand === undefined) return await parseData({ source: name });
  return await parseData({ source: name, [shorthand]: shorthand === 'seed' ? Number(value) : value });
}

function checked({ name, params: schema }: DataSource, given: Params): Params {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const { path, field, value, reason, unknownKey } = refusalOf(result.error, given);
  if (unknownKey !== undefined) {
    const suggestion = closest(unknownKey, keysAt(schema, path.slice(0, -1)));
    throw new LeakscopeError('CONFIG_UNKNOWN_KEY', { field: `data.${field}`, suggestion, source: name });
  }
  throw new LeakscopeError('CONFIG_VALUE_INVALID', { field: ['data', ...path].join('.'), value, reason });
}

/** The keys that a source knows at a path: its own, or those of the object nested there. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const described = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const inner = path.reduce<unknown>((node, key) => valueAt(node, ['properties', key]), described);
  return Object.keys((valueAt(inner, ['properties']) as object | undefined) ?? {});
}
