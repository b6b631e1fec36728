/** A package's list of one kind of thing: those built in by name, and a user's own by the path of its module. */
import type { LeakscopeError } from '../errors.ts';
import { closest } from '../suggest.ts';
import type { Contract } from './guard.ts';
import type { ModuleKind } from './kind.ts';
import { loadModule } from './load.ts';
import { isModulePath, type ModuleSource } from './source.ts';

/** What stands in a registry. */
export interface Registered {
  readonly kind: ModuleKind;
  /** As an experiment names it. */
  readonly name: string;
  /** Where it comes from a user's module. */
  readonly module?: ModuleSource;
}

interface RegistryOptions<T extends Registered> {
  readonly kind: T['kind'];
  /** In the order of the docs. */
  readonly builtIn: readonly T[];
  readonly contract: Contract;
  /** What a module's default export is called with; loaded when the first module is. */
  kit(): Promise<object> | object;
  /** The owner's error for a name that is neither built in nor a path. */
  unknown(details: UnknownName): LeakscopeError;
}

/** What an error for an unknown name says. A type, not an interface: it is the details of an error. */
export type UnknownName = {
  readonly value: string;
  readonly known: readonly string[];
  readonly suggestion: string | undefined;
};

export interface Registry<T> {
  /** Those built in, in the order of the docs. */
  readonly builtIn: readonly T[];
  readonly names: readonly string[];
  /** One that is built in. Throws the owner's error for an unknown name. */
  get(name: string): T;
  /** One that is built in, or what the module at this path defines; a relative path starts at `base`. Also throws MODULE_INVALID, MODULE_FAILED. */
  find(name: string, base: string): Promise<T>;
}

/** Names are looked up as written, and never on a prototype. */
export function registry<T extends Registered>({
  kind,
  builtIn,
  contract,
  kit,
  unknown,
}: RegistryOptions<T>): Registry<T> {
  const byName = new Map(builtIn.map((one) => [one.name, one]));
  const names = [...byName.keys()];
  function get(name: string): T {
    const found = byName.get(name);
    if (found === undefined) throw unknown({ value: name, known: names, suggestion: closest(name, names) });
    return found;
  }
  return {
    builtIn,
    names,
    get,
    find: async (name, base) =>
      !byName.has(name) && isModulePath(name) ? loadModule<T>(kind, name, base, contract, await kit()) : get(name),
  };
}

/**
 * The name under which programs of `one` are cached: a module's holds the digest of its file, so that it meets neither one
 * that is built in nor its own earlier version.
 */
export const programName = ({ name, module }: { readonly name: string; readonly module?: ModuleSource }): string =>
  module === undefined ? name : `${name}@${module.digest.slice('sha256:'.length, 'sha256:'.length + 12)}`;
