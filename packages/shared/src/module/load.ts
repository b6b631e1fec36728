/** Imports a user's own module and makes what it defines. */
import { pathToFileURL } from 'node:url';
import { type Contract, faultOf, guard, invalid } from './guard.ts';
import { DEFINERS, type ModuleKind } from './kind.ts';
import { type ModuleSource, openSource } from './source.ts';

/** What a module was to define, and what it defines: not checked yet. */
export interface LoadedModule {
  readonly source: ModuleSource;
  readonly value: unknown;
}

const loaded = new Map<string, ModuleSource>();

/** Every module that this process has loaded, in the order of their names: for a run's manifest. */
export const loadedModules = (): ModuleSource[] =>
  [...loaded.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));

/** Calls the module's default export with `kit`. Throws MODULE_INVALID, MODULE_FAILED. */
export async function importModule(
  kind: ModuleSource['kind'],
  name: string,
  base: string,
  kit: object,
): Promise<LoadedModule> {
  const source = await openSource(kind, name, base);
  let module: { default?: unknown };
  try {
    module = await import(pathToFileURL(source.path).href);
  } catch (error) {
    throw faultOf(source, 'import', error);
  }
  if (typeof module.default !== 'function') throw invalid(source, 'its default export is not a function');
  try {
    const value: unknown = await module.default(kit);
    loaded.set(source.path, source);
    return { source, value };
  } catch (error) {
    throw faultOf(source, 'default export', error);
  }
}

/** What a module defines, checked and guarded. Throws MODULE_INVALID, MODULE_FAILED. */
export async function loadModule<T extends object>(
  kind: ModuleKind,
  name: string,
  base: string,
  contract: Contract,
  kit: object,
): Promise<T> {
  return guardDefined(kind, await importModule(kind, name, base, kit), contract);
}

/** The same for a module that is imported already. */
export function guardDefined<T extends object>(
  kind: ModuleKind,
  { source, value }: LoadedModule,
  contract: Contract,
): T {
  const whole: Contract = {
    ...contract,
    check: (candidate) => missingOf(kind, candidate) ?? contract.check(candidate),
  };
  const module = { ...source, kind };
  return Object.assign(guard<T>(module, value, whole), { module });
}

function missingOf(
  kind: ModuleKind,
  { kind: given, name, params }: Readonly<Record<string, unknown>>,
): string | undefined {
  if (typeof given !== 'string') return `it was not made by ${DEFINERS[kind]}`;
  if (given !== kind) return `it is of another kind: ${given}`;
  if (typeof name !== 'string' || name === '') return 'name is not a text';
  if (params !== undefined && typeof (params as { safeParse?: unknown }).safeParse !== 'function')
    return 'params is not a zod schema';
  return undefined;
}
