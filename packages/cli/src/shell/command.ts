/** What one command is: its arguments as data (parsing, help and docs come from it) and what it does. */
import type { Io } from './io.ts';

/** One `--option`; `value` is the placeholder shown in help. */
export interface Option {
  readonly type: 'string' | 'boolean';
  readonly summary: string;
  readonly value?: string;
  readonly short?: string;
  readonly multiple?: true;
  readonly required?: true;
  readonly default?: string;
}

export type Options = Readonly<Record<string, Option>>;

export interface Positional {
  readonly name: string;
  readonly summary: string;
  readonly required?: true;
  readonly many?: true;
}

/** The type of a parsed option: boolean, list, or text that may be absent unless required or defaulted. */
type OptionValue<O extends Option> = O extends { type: 'boolean' }
  ? boolean
  : O extends { multiple: true }
    ? string[]
    : O extends { required: true } | { default: string }
      ? string
      : string | undefined;

type OptionValues<O extends Options> = { readonly [K in keyof O]: OptionValue<O[K]> };

interface Invocation<O extends Options> {
  readonly options: OptionValues<O>;
  readonly arguments: readonly string[];
  readonly io: Io;
}

export interface CommandSpec<O extends Options = Options> {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** A paragraph for `--help`. */
  readonly description?: string;
  /** Part of how simulate works; left out of the list of commands. */
  readonly internal?: true;
  readonly positionals: readonly Positional[];
  readonly options: O;
  readonly examples: readonly { readonly line: string; readonly does: string }[];
}

/** A command with its option types erased, so that commands of all kinds stand in one table. */
export interface Command extends CommandSpec {
  /** Runs parsed arguments; resolves to the exit code. Throws LeakscopeError. */
  execute(parsed: { options: Record<string, unknown>; arguments: readonly string[] }, io: Io): Promise<number>;
}

/** Options that every command takes. */
export const COMMON_OPTIONS = {
  json: { type: 'boolean', summary: 'print results and errors as JSON, one value a line' },
  help: { type: 'boolean', short: 'h', summary: 'print this help' },
  'log-level': {
    type: 'string',
    value: 'LEVEL',
    default: 'info',
    summary: 'trace, debug, info, warn, error or silent',
  },
} as const satisfies Options;

/** Makes a command whose `run` sees its options with their types. */
export function command<const O extends Options>(
  spec: CommandSpec<O> & { run(invocation: Invocation<O>): Promise<number> },
): Command {
  const { run, ...rest } = spec;
  return {
    ...rest,
    execute: async (parsed, io) =>
      // parseArguments filled `options` from this very table of options.
      await run({ options: parsed.options as OptionValues<O>, arguments: parsed.arguments, io }),
  };
}
