/** Command lines against a command's table of options: unknown names are refused with a suggestion. */
import { parseArgs } from 'node:util';
import { LeakscopeError } from '@leakscope/shared/errors';
import { closest } from '@leakscope/shared/suggest';
import { COMMON_OPTIONS, type CommandSpec, type Options } from './command.ts';

interface ParsedArguments {
  readonly options: Record<string, string | boolean | string[] | undefined>;
  readonly arguments: readonly string[];
}

/** Parses what follows the command's name; throws CLI_OPTION_UNKNOWN, CLI_OPTION_INVALID, CLI_ARGUMENT_MISSING or CLI_ARGUMENT_UNEXPECTED. */
export function parseArguments(spec: CommandSpec, argv: readonly string[]): ParsedArguments {
  const table: Options = { ...spec.options, ...COMMON_OPTIONS };
  const { tokens, values, positionals } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(
      Object.entries(table).map(([name, { type, short, multiple }]) => [
        name,
        { type, ...(short ? { short } : {}), ...(multiple ? { multiple } : {}) },
      ]),
    ),
    allowPositionals: true,
    allowNegative: false,
    strict: false,
    tokens: true,
  });
  for (const token of tokens)
    if (token.kind === 'option') checkOption(spec, table, token.name, token.rawName, token.value);
  if (values.help !== true) {
    checkPositionals(spec, positionals);
    for (const [name, option] of Object.entries(table)) {
      if (option.required && values[name] === undefined) {
        throw new LeakscopeError('CLI_ARGUMENT_MISSING', { command: spec.name, argument: `--${name}` });
      }
    }
  }
  const options = Object.fromEntries(
    Object.entries(table).map(([name, option]) => {
      const given = values[name] as string | boolean | string[] | undefined;
      return [name, given ?? (option.type === 'boolean' ? false : option.multiple ? [] : option.default)];
    }),
  );
  return { options, arguments: positionals };
}

function checkOption(
  spec: CommandSpec,
  table: Options,
  name: string,
  rawName: string,
  value: string | undefined,
): void {
  const option = Object.hasOwn(table, name) ? table[name] : undefined;
  if (!option) {
    const suggestion = closest(name, Object.keys(table));
    throw new LeakscopeError('CLI_OPTION_UNKNOWN', {
      command: spec.name,
      option: rawName,
      suggestion: suggestion && `--${suggestion}`,
    });
  }
  if (option.type === 'boolean' && value !== undefined) {
    throw new LeakscopeError('CLI_OPTION_INVALID', {
      option: rawName,
      value,
      reason: 'it is a switch and takes no value',
    });
  }
  // An option's value that looks like another option is nearly always a forgotten value; --set=-x still passes one.
  if (option.type === 'string' && value === undefined) {
    throw new LeakscopeError('CLI_OPTION_INVALID', {
      option: rawName,
      value: '',
      reason: `it needs ${option.value ?? 'a value'}`,
    });
  }
}

function checkPositionals(spec: CommandSpec, given: readonly string[]): void {
  const missing = spec.positionals.find((positional, i) => positional.required && given[i] === undefined);
  if (missing) throw new LeakscopeError('CLI_ARGUMENT_MISSING', { command: spec.name, argument: missing.name });
  const surplus = spec.positionals.some((positional) => positional.many) ? undefined : given[spec.positionals.length];
  if (surplus !== undefined) {
    throw new LeakscopeError('CLI_ARGUMENT_UNEXPECTED', { command: spec.name, value: surplus });
  }
}

/** A whole number option; throws CLI_OPTION_INVALID where it is none or below `minimum`. */
export function integerOption(name: string, text: string, minimum = 0): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < minimum || text.trim() === '') {
    throw new LeakscopeError('CLI_OPTION_INVALID', {
      option: `--${name}`,
      value: text,
      reason: `expected a whole number of at least ${minimum}`,
    });
  }
  return value;
}

/** A number option of at least 0; throws CLI_OPTION_INVALID. */
export function numberOption(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  const reason = 'expected a number of at least 0';
  throw new LeakscopeError('CLI_OPTION_INVALID', { option: `--${name}`, value: text, reason });
}
