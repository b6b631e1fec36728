/** What a command may do to the outside: results on stdout, logs and progress on stderr, and a signal that says stop. */
import type { Logger } from '@leakscope/shared/log';
import type { Progress } from './progress.ts';

export interface Io {
  /** Results are to be JSON, one value a line. */
  readonly json: boolean;
  readonly logger: Logger;
  readonly progress: Progress;
  /** Aborted by the first SIGINT or SIGTERM; the second ends the process at once. */
  readonly signal: AbortSignal;
  /** Writes one line of the result. */
  print(line: string): void;
}

/** Prints `value` as JSON under --json, and as `text` otherwise. */
export function printResult(io: Io, value: unknown, text: () => string): void {
  io.print(io.json ? JSON.stringify(value) : text());
}
