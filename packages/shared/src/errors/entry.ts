/** What one line of the error registry is, and the exit codes it may name. */

/** Exit codes of every command. */
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

type Exit = keyof typeof EXIT;

const MEANINGS: Record<Exit, string> = {
  ok: 'done',
  internal: 'a fault of Leakscope itself: please report it',
  usage: 'the command line, the experiment file or a plug-in is not valid',
  input: 'a file given to the command is missing, damaged or of the wrong kind',
  environment: 'this machine lacks something the command needs',
  network: 'a connection failed, or the other side broke the protocol',
  storage: 'the run folder cannot be read or written',
  computation: 'a computation or a process of the run failed',
  interrupted: 'stopped by Ctrl-C or SIGTERM; a run can be resumed, another command is to be run again',
};

/** What each exit code means: the one table behind --help, docs/cli.md and docs/errors.md. */
export const EXIT_CODES: readonly { readonly name: Exit; readonly code: number; readonly meaning: string }[] = (
  Object.keys(EXIT) as Exit[]
).map((name) => ({ name, code: EXIT[name], meaning: MEANINGS[name] }));

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
