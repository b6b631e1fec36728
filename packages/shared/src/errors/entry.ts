/** What one line of the error registry is, and the exit codes it may name. */

/** Exit codes of every command; docs/errors.md says what each means. */
export const EXIT = {
  ok: 0,
  internal: 1,
  usage: 2,
  input: 3,
  environment: 4,
  network: 5,
  storage: 6,
  computation: 7,
  interrupted: 130,
} as const;

export type Exit = keyof typeof EXIT;

export interface ErrorEntry<D> {
  readonly exit: Exit;
  /** One sentence that names the thing: the field, the value, the path. */
  readonly message: (details: D) => string;
  /** What the reader can do about it. */
  readonly hint: string;
}

/** Adds a code: `CODE: entry<{ path: string }>('input', (d) => `cannot read ${d.path}`, 'Check the path.')`. */
export function entry<D extends object = object>(
  exit: Exit,
  message: (details: D) => string,
  hint: string,
): ErrorEntry<D> {
  return { exit, message, hint };
}

/** A value for a message: short, quoted where it is text, never longer than 120 characters. */
export function show(value: unknown): string {
  if (value === undefined) return 'undefined';
  if (typeof value === 'function') return String(value);
  let text: string | undefined;
  try {
    text = typeof value === 'bigint' || Number.isNaN(value) ? String(value) : JSON.stringify(value);
  } catch {
    text = undefined;
  }
  const printed = text ?? String(value);
  return printed.length > 120 ? `${printed.slice(0, 117)}...` : printed;
}
