/** A plug-in (defence, attack, dataset) as shared knows it: a name and parameters that the registry which owns it validates. */
import { z } from 'zod';
import { LeakscopeError } from './errors.ts';

type PluginValue = number | string | boolean;

/** A plug-in as it lies in a resolved experiment, and as processes hand it on. */
export const pluginSchema = z.strictObject({
  name: z.string().min(1).describe('a registered name, or the path of a module'),
  params: z.record(z.string(), z.unknown()).describe('validated by the plug-in'),
});

/** `name`: a registered one, or the path of a module: `./my-defense.ts`. */
export type Plugin = Readonly<z.output<typeof pluginSchema>>;

/** What a person may write: `name`, `name:key=value,key=value`, several of these joined by `+`, an object, or a list. */
export type PluginSpec =
  | string
  | { readonly name: string; readonly params?: Readonly<Record<string, unknown>> | undefined };

/** One plug-in. Throws CONFIG_PLUGIN_INVALID, which names `field`, where there are more or it cannot be read. */
export function parsePlugin(spec: PluginSpec, field = 'plug-in'): Plugin {
  const [plugin, ...more] = parsePlugins(spec, field);
  if (plugin === undefined || more.length > 0) throw invalid(field, spec, 'one plug-in is expected');
  return plugin;
}

/** A composition in order: `clip:bound=4,scope=layer+noise:sigma=0.1` is two. */
export function parsePlugins(spec: PluginSpec | readonly PluginSpec[], field = 'plug-in'): Plugin[] {
  if (Array.isArray(spec)) return spec.flatMap((part: PluginSpec, i) => parsePlugins(part, `${field}.${i}`));
  if (typeof spec !== 'string') {
    const { name, params = {} } = spec as Exclude<PluginSpec, string>;
    return [{ name, params }];
  }
  // A plus before a digit belongs to a number: 1e+5.
  return spec.split(/\+(?!\d)/).map((part) => parseOne(part.trim(), spec, field));
}

function parseOne(text: string, whole: string, field: string): Plugin {
  const [, name, list] = /^([^:=,]+)(?::(.*))?$/s.exec(text) ?? [];
  if (name === undefined)
    throw invalid(field, whole, text === '' ? 'a name is missing' : `${text} does not begin with a name`);
  const params: Record<string, PluginValue> = {};
  for (const pair of list === undefined || list.trim() === '' ? [] : list.split(',')) {
    const [, key, value] = /^\s*([A-Za-z_][\w-]*)\s*=\s*(.*?)\s*$/s.exec(pair) ?? [];
    if (key === undefined || value === undefined) throw invalid(field, whole, `"${pair}" is not key=value`);
    if (Object.hasOwn(params, key)) throw invalid(field, whole, `${key} is given twice`);
    params[key] = parseValue(value);
  }
  return { name: name.trim(), params };
}

function parseValue(text: string): PluginValue {
  if (text === 'true' || text === 'false') return text === 'true';
  return text !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** The text form, with keys in order: what manifests and job records hold. `parsePlugins` reads it back. */
export function formatPlugins(plugins: readonly Plugin[]): string {
  return plugins
    .map(({ name, params }) => {
      const pairs = Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1));
      return pairs.length === 0 ? name : `${name}:${pairs.map(([key, value]) => `${key}=${String(value)}`).join(',')}`;
    })
    .join('+');
}

function invalid(field: string, value: unknown, reason: string): LeakscopeError {
  return new LeakscopeError('CONFIG_PLUGIN_INVALID', { field, value, reason });
}
