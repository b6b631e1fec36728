/** Every key of the experiment file, read off the schema: for the documentation and for suggestions. */
import { z } from 'zod';
import { experimentSchema } from './experiment.ts';

export interface KeyDescription {
  /** `clients[].defense`. */
  readonly path: string;
  readonly type: string;
  readonly description: string;
  /** Undefined where there is none: the key is required, or absent unless given. */
  readonly default?: unknown;
  readonly required: boolean;
}

type Schema = z.core.JSONSchema.JSONSchema;

/** In the order of the schema. */
export function experimentKeys(): KeyDescription[] {
  // The input side says which keys may be left out; the canonical form has no transforms, so both sides have the same keys.
  return [...keysOf(z.toJSONSchema(experimentSchema, { io: 'input' }), '')];
}

function* keysOf(schema: Schema, parent: string): Generator<KeyDescription> {
  for (const [key, child] of Object.entries(schema.properties ?? {})) {
    if (typeof child === 'boolean') continue;
    const item =
      child.type === 'array' && typeof child.items === 'object' && !Array.isArray(child.items)
        ? child.items
        : undefined;
    const path = `${parent}${key}`;
    const inner = (item ?? child) as Schema;
    yield {
      path,
      type: typeName(child),
      description: child.description ?? '',
      required: schema.required?.includes(key) ?? false,
      // A section's own default is that of its keys.
      ...(child.default === undefined || (inner.properties !== undefined && !isPlugin(inner))
        ? {}
        : { default: child.default }),
    };
    if (isPlugin(child)) continue;
    yield* keysOf(inner, `${path}${item ? '[]' : ''}.`);
  }
}

/** `{ name, params }`, which is written as text for short. */
const isPlugin = ({ properties }: Schema): boolean =>
  properties !== undefined && Object.keys(properties).join() === 'name,params';

function typeName(schema: Schema): string {
  if (isPlugin(schema)) return 'plug-in';
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(', ');
  if (schema.anyOf !== undefined) return schema.anyOf.map((option) => typeName(option as Schema)).join(' or ');
  if (schema.type === 'array') return 'list';
  if (schema.type === 'object') return schema.properties ? 'section' : 'keys and values';
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum, type } = schema;
  const low =
    minimum !== undefined ? `from ${minimum}` : exclusiveMinimum !== undefined ? `above ${exclusiveMinimum}` : '';
  const high =
    maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER
      ? `to ${maximum}`
      : exclusiveMaximum !== undefined
        ? `below ${exclusiveMaximum}`
        : '';
  return [type, low, high].filter(Boolean).join(' ');
}
