/** The one error registry: each failure has a code, a message that names the thing, a hint and an exit code. */
import { attackErrors } from './errors/attack.ts';
import { cliErrors } from './errors/cli.ts';
import { clientErrors } from './errors/client.ts';
import { configErrors } from './errors/config.ts';
import { dataErrors } from './errors/data.ts';
import { defenseErrors } from './errors/defense.ts';
import { engineErrors } from './errors/engine.ts';
import { type ErrorEntry, EXIT } from './errors/entry.ts';
import { evalErrors } from './errors/eval.ts';
import { modelErrors } from './errors/model.ts';
import { moduleErrors } from './errors/module.ts';
import { protocolErrors } from './errors/protocol.ts';
import { serverErrors } from './errors/server.ts';
import { storeErrors } from './errors/store.ts';
import { tensorsErrors } from './errors/tensors.ts';
import { trainErrors } from './errors/train.ts';

export { type ErrorEntry, EXIT, EXIT_CODES, show } from './errors/entry.ts';

export const ERRORS = {
  ...attackErrors,
  ...cliErrors,
  ...clientErrors,
  ...configErrors,
  ...dataErrors,
  ...defenseErrors,
  ...engineErrors,
  ...evalErrors,
  ...modelErrors,
  ...moduleErrors,
  ...protocolErrors,
  ...serverErrors,
  ...storeErrors,
  ...tensorsErrors,
  ...trainErrors,
};

export type ErrorCode = keyof typeof ERRORS;

type DetailsOf<C extends ErrorCode> = (typeof ERRORS)[C] extends ErrorEntry<infer D> ? D : never;

/** What the code's message needs, the cause where there is one, and anything else worth logging. */
type ErrorDetails<C extends ErrorCode> = DetailsOf<C> & { cause?: unknown } & Record<string, unknown>;

/** A failure that Leakscope foresees. Everything else that is thrown is a fault of ours, exit code 1. */
export class LeakscopeError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'LeakscopeError';
  readonly code: C;
  readonly hint: string;
  /** Exit code of a command that ends with this error. */
  readonly exit: number;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: C, details: ErrorDetails<C>) {
    const { message, hint, exit } = ERRORS[code] as ErrorEntry<never> as ErrorEntry<ErrorDetails<C>>;
    const { cause, ...rest } = details;
    super(message(details), cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = hint;
    this.exit = EXIT[exit];
    this.details = rest;
  }

  /** What a log line, `--json` and a wire error carry; the cause stays behind. */
  toJSON(): { code: C; message: string; hint: string; exit: number; details: Readonly<Record<string, unknown>> } {
    return { code: this.code, message: this.message, hint: this.hint, exit: this.exit, details: this.details };
  }
}

/** Whether `error` is a LeakscopeError, with one of `codes` where some are given. */
export function isLeakscopeError<C extends ErrorCode = ErrorCode>(
  error: unknown,
  ...codes: C[]
): error is LeakscopeError<C> {
  return error instanceof LeakscopeError && (codes.length === 0 || codes.includes(error.code as C));
}

/** The text of anything thrown, for the `reason` of another error. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
