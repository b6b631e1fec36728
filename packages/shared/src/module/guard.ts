/** A module's object as Leakscope calls it: what its functions throw, and what they return amiss, is reported as the module's. */
import { type ErrorCode, EXIT, isLeakscopeError, LeakscopeError } from '../errors.ts';
import { type ModuleSource, placeOf, placeOfPart } from './source.ts';

/** What a module's object must be. Each check gives the reason in words, or undefined where nothing is wrong. */
export interface Contract {
  /** Of the object itself: `name is not a text`. */
  check(candidate: Readonly<Record<string, unknown>>): string | undefined;
  /** Of a function's result, by the function's name: `does not return a map`. */
  readonly results?: Readonly<Record<string, (result: unknown, args: readonly unknown[]) => string | undefined>>;
  /** Of the objects that functions return, by the function's name. */
  readonly makes?: Readonly<Record<string, Contract>>;
}

/**
 * `value` with every function guarded; other members are read through. Throws MODULE_INVALID where the contract is not met, at
 * once or when a function returns; MODULE_FAILED when a function throws. An abort, and errors of Leakscope that say what to do,
 * pass as they are.
 */
export function guard<T extends object>(source: ModuleSource, value: unknown, contract: Contract): T {
  if (typeof value !== 'object' || value === null) throw invalid(source, 'it returns no object');
  const reason = contract.check(value as Record<string, unknown>);
  if (reason !== undefined) throw invalid(source, reason);
  const guarded = {};
  for (const key of memberNames(value)) {
    const member: unknown = Reflect.get(value, key);
    Object.defineProperty(guarded, key, {
      enumerable: true,
      ...(typeof member === 'function'
        ? { value: guardedFunction(source, key, member.bind(value), contract) }
        : isSchema(member)
          ? { value: guardedSchema(source, key, member) }
          : { get: () => Reflect.get(value, key) }),
    });
  }
  return guarded as T;
}

/** Codes that say how a part of ours was called, and so whose fault it is. */
const MISUSES: readonly ErrorCode[] = ['ENGINE_OP_UNSUPPORTED', 'ENGINE_SHAPE', 'ENGINE_VALUE_READ', 'TENSORS_MISSING'];

/** The error to report for what a part of the module threw, given the arguments that the part was called with. */
export function faultOf(source: ModuleSource, part: string, error: unknown, args: readonly unknown[] = []): unknown {
  const coded = isLeakscopeError(error) ? error : undefined;
  const foreseen = coded !== undefined && coded.exit !== EXIT.internal && !MISUSES.includes(coded.code);
  if (foreseen || args.some(isAborted)) return error;
  const reason = error instanceof Error ? `${coded?.code ?? error.name}: ${error.message}` : String(error);
  return new LeakscopeError('MODULE_FAILED', {
    kind: source.kind,
    place: placeOf(source, error),
    part,
    reason,
    cause: error,
  });
}

/** The error for a module that is not what its contract says; it points to where the module first has `part`. */
export const invalid = (source: ModuleSource, reason: string, part = 'export default'): LeakscopeError =>
  new LeakscopeError('MODULE_INVALID', {
    kind: source.kind,
    place: placeOfPart(source, part),
    reason,
  });

/** Names of own members and of those of the object's class. */
function memberNames(value: object): Set<string> {
  const names = new Set<string>();
  for (let at: object | null = value; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at))
    for (const name of Object.getOwnPropertyNames(at)) if (name !== 'constructor') names.add(name);
  return names;
}

type Call = (...args: unknown[]) => unknown;

function guardedFunction(source: ModuleSource, name: string, call: Call, { results, makes }: Contract): Call {
  const checked = (result: unknown, args: readonly unknown[]): unknown => {
    const reason = results?.[name]?.(result, args);
    if (reason !== undefined) throw invalid(source, `${name}() ${reason}`, name);
    const made = makes?.[name];
    return made === undefined ? result : guard(source, result, made);
  };
  return (...args) => {
    let result: unknown;
    try {
      result = call(...args);
    } catch (error) {
      throw faultOf(source, `${name}()`, error, args);
    }
    if (!(result instanceof Promise)) return checked(result, args);
    return result.then(
      (value) => checked(value, args),
      (error) => {
        throw faultOf(source, `${name}()`, error, args);
      },
    );
  };
}

const isSchema = (value: unknown): value is { safeParse: Call } =>
  typeof value === 'object' && value !== null && 'safeParse' in value && typeof value.safeParse === 'function';

/** A schema may hold code of the module's: refinements and transforms. */
const guardedSchema = (source: ModuleSource, name: string, schema: { safeParse: Call }): object =>
  Object.create(schema, {
    safeParse: { value: guardedFunction(source, `${name}.safeParse`, schema.safeParse.bind(schema), NO_CONTRACT) },
  });

const NO_CONTRACT: Contract = { check: () => undefined };

/** An aborted signal, or a context that holds one: what is thrown then is the abort. */
function isAborted(argument: unknown): boolean {
  if (typeof argument !== 'object' || argument === null) return false;
  const { aborted, signal } = argument as { aborted?: unknown; signal?: { aborted?: unknown } };
  return aborted === true || signal?.aborted === true;
}
