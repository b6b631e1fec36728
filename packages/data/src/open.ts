/** Opens the dataset that an experiment names. */
import { isAbsolute, resolve } from 'node:path';
import { LeakscopeError } from '@leakscope/shared/errors';
import { refusalOf, valueAt } from '@leakscope/shared/refusal';
import { closest } from '@leakscope/shared/suggest';
import { z } from 'zod';
import { celebaSchema, openCeleba } from './celeba.ts';
import type { Dataset } from './dataset.ts';
import { imageFolderSchema, openImageFolder } from './image-folder.ts';
import { openSyntheticFaces, syntheticFacesSchema } from './synthetic-faces.ts';

const SCHEMAS = { celeba: celebaSchema, 'image-folder': imageFolderSchema, 'synthetic-faces': syntheticFacesSchema };

export const dataSchema = z.discriminatedUnion('source', [celebaSchema, imageFolderSchema, syntheticFacesSchema]);
/** A checked `data` section, defaults filled in. */
export type DataConfig = z.output<typeof dataSchema>;

/**
 * Checks a `data` section, its keys beside `source` or in `params`. Throws CONFIG_UNKNOWN_KEY, CONFIG_VALUE_INVALID with
 * the field.
 */
export function parseDataConfig(section: unknown): DataConfig {
  const value = flat(section);
  const result = dataSchema.safeParse(value);
  if (result.success) return result.data;
  const { path, field, value: refused, reason, unknownKey } = refusalOf(result.error, value);
  const source = valueAt(value, ['source']);
  if (unknownKey !== undefined) {
    const known =
      typeof source === 'string' && source in SCHEMAS ? keysAt(source as keyof typeof SCHEMAS, path.slice(0, -1)) : [];
    throw new LeakscopeError('CONFIG_UNKNOWN_KEY', {
      field: `data.${field}`,
      suggestion: closest(unknownKey, known),
    });
  }
  throw new LeakscopeError('CONFIG_VALUE_INVALID', {
    field: ['data', ...path].join('.'),
    value: refused,
    reason: path[0] === 'source' ? `it must be one of ${Object.keys(SCHEMAS).join(', ')}` : reason,
  });
}

/** Opens what a `data` section describes; a relative path starts at `base`, the folder of the experiment file. */
export async function openDataset(value: unknown, options: { base?: string } = {}): Promise<Dataset> {
  const config = parseDataConfig(value);
  if (config.source === 'synthetic-faces') return openSyntheticFaces(config);
  const path = isAbsolute(config.path) ? config.path : resolve(options.base ?? '.', config.path);
  return config.source === 'celeba' ? openCeleba({ ...config, path }) : openImageFolder({ ...config, path });
}

/** `celeba:PATH`, `image-folder:PATH` or `synthetic-faces[:SEED]`, as commands take it. */
export function parseDataOption(text: string): DataConfig {
  const colon = text.indexOf(':');
  const source = colon < 0 ? text : text.slice(0, colon);
  const rest = colon < 0 ? undefined : text.slice(colon + 1);
  if (source === 'synthetic-faces')
    return parseDataConfig({ source, ...(rest !== undefined && { seed: Number(rest) }) });
  return parseDataConfig({ source, ...(rest !== undefined && { path: rest }) });
}

/** `{ source, params: { path } }`, as a resolved experiment has it, is `{ source, path }`. */
function flat(section: unknown): unknown {
  const params = valueAt(section, ['params']);
  if (typeof params !== 'object' || params === null) return section;
  const { params: _, ...rest } = section as Record<string, unknown>;
  return { ...rest, ...params };
}

/** The keys that a source knows at a path: its own, or those of the object nested there. */
function keysAt(source: keyof typeof SCHEMAS, path: readonly PropertyKey[]): string[] {
  const schema = z.toJSONSchema(SCHEMAS[source], { io: 'input' });
  const inner = path.reduce<unknown>((node, key) => valueAt(node, ['properties', key]), schema);
  return Object.keys((valueAt(inner, ['properties']) as object | undefined) ?? {});
}
