/** What a schema refused, in the words of an error. */
import type { z } from 'zod';

interface Refusal {
  /** From the checked value to what was refused, a key that the schema does not know included. */
  readonly path: readonly PropertyKey[];
  /** The path with dots; empty where the whole value was refused. */
  readonly field: string;
  readonly value: unknown;
  readonly reason: string;
  /** The key that the schema does not know, where that is what was wrong. */
  readonly unknownKey: string | undefined;
}

/** The refusal to report of all that `error` lists about `value`. A mistyped key goes first: it is why another is missing. */
export function refusalOf({ issues }: z.ZodError, value: unknown): Refusal {
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? (issues[0] as z.core.$ZodIssue);
  const unknownKey = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const path = unknownKey === undefined ? issue.path : [...issue.path, unknownKey];
  return { path, field: path.join('.'), value: valueAt(value, path), reason: reasonOf(issue), unknownKey };
}

/** What stands at a path; undefined where the path ends early. */
export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined),
    value,
  );
}

function reasonOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_union' && issue.errors.some((branch) => branch.length > 0)) {
    return issue.errors.map(([first]) => (first ? reasonOf(first) : '')).join(', or ');
  }
  return issue.message.replace(/^Invalid input: /, '').replace(/^Invalid option: /, '');
}
