/** `--set a.b.0.c=value`: changes one value of the experiment as it was written, before it is validated. */
import { parse } from 'yaml';
import { LeakscopeError, reasonOf } from '../errors.ts';

type Container = Record<string, unknown> | unknown[];

/** Sets in place. The value is read as YAML: 3, true, [a, b], text. Throws CONFIG_OVERRIDE_INVALID. */
export function applyOverride(document: Record<string, unknown>, assignment: string): void {
  const invalid = (reason: string) => new LeakscopeError('CONFIG_OVERRIDE_INVALID', { value: assignment, reason });
  const equals = assignment.indexOf('=');
  if (equals < 1) throw invalid('expected key=value');
  const path = assignment.slice(0, equals).trim().split('.');
  if (path.some((key) => !/^[A-Za-z0-9_-]+$/.test(key) || key === '__proto__'))
    throw invalid('the key is no path of names and numbers');
  let value: unknown;
  try {
    value = parse(assignment.slice(equals + 1));
  } catch (cause) {
    throw invalid(`the value cannot be read: ${reasonOf(cause).split('\n')[0]}`);
  }
  let at: Container = document;
  for (const [depth, key] of path.entries()) {
    if (Array.isArray(at) && (!/^\d+$/.test(key) || Number(key) > at.length)) {
      throw invalid(`${path.slice(0, depth).join('.')} is a list of ${at.length}`);
    }
    if (depth === path.length - 1) {
      Object.assign(at, { [key]: value });
      return;
    }
    const below: unknown = Object.hasOwn(at, key) ? (at as Record<string, unknown>)[key] : undefined;
    const next: unknown = below ?? {};
    if (typeof next !== 'object' || next === null) throw invalid(`${path.slice(0, depth + 1).join('.')} holds no keys`);
    Object.assign(at, { [key]: next });
    at = next as Container;
  }
}
