/** Every defence by name, and those that live in a user's own module. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isLeakscopeError, LeakscopeError, reasonOf } from '@leakscope/shared/errors';
import { clip } from './clip.ts';
import type { Defense } from './defense.ts';
import { noise } from './noise.ts';
import { none } from './none.ts';
import { soteria } from './soteria.ts';
import { sparsify } from './sparsify.ts';

const BUILT_IN: ReadonlyMap<string, Defense> = new Map(
  [none, noise, clip, sparsify, soteria].map((defense): [string, Defense] => [defense.name, defense]),
);

/** The defences that ship with Leakscope, in the order of the docs. */
export function builtInDefenses(): Defense[] {
  return [...BUILT_IN.values()];
}

/** A built-in by name, or the one that a module's default export makes, by path (relative to `base`). */
export async function findDefense(name: string, base: string): Promise<Defense> {
  const builtIn = BUILT_IN.get(name);
  if (builtIn !== undefined) return builtIn;
  if (/^\.{0,2}\//.test(name) || /\.[cm]?[jt]s$/.test(name)) return importDefense(resolve(base, name));
  throw new LeakscopeError('DEFENSE_UNKNOWN', { value: name, known: [...BUILT_IN.keys()] });
}

async function importDefense(path: string): Promise<Defense> {
  const refuse = (reason: string, cause?: unknown) =>
    new LeakscopeError('DEFENSE_MODULE_INVALID', { path, reason, cause });
  if (!(await stat(path).catch(() => undefined))?.isFile()) throw refuse('no such file');
  let defense: unknown;
  try {
    const module: { default?: unknown } = await import(pathToFileURL(path).href);
    if (typeof module.default !== 'function') throw refuse('its default export is not a function');
    // tfjs takes a while to load, and only a user's module may need it here.
    const { kit } = await import('./kit.ts');
    defense = module.default(kit);
  } catch (error) {
    throw isLeakscopeError(error, 'DEFENSE_MODULE_INVALID') ? error : refuse(reasonOf(error), error);
  }
  const missing = missingPart(defense);
  if (missing !== undefined) throw refuse(missing);
  return defense as Defense;
}

/** What keeps a module's result from being a defence. */
function missingPart(candidate: unknown): string | undefined {
  if (typeof candidate !== 'object' || candidate === null) return 'it does not return a defence';
  const part = candidate as Partial<Defense>;
  if (typeof part.name !== 'string' || part.name === '') return 'name is not a text';
  if (typeof part.params?.safeParse !== 'function') return 'params is not a zod schema';
  if (typeof part.apply !== 'function') return 'apply is not a function';
  if (typeof part.attackerView !== 'function') return 'attackerView is not a function';
  if (part.hook !== 'example' && part.hook !== 'step' && part.hook !== 'update')
    return 'hook is not example, step or update';
  return undefined;
}
