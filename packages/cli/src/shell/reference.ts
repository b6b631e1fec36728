/** docs/cli.md, from the same tables as --help: `pnpm docs:cli` writes it, a test fails where it is stale. */
import { EXIT_CODES } from '@leakscope/shared/errors';
import { COMMON_OPTIONS, type Command, type Option } from './command.ts';

export function commandReference(commands: readonly Command[]): string {
  const listed = commands.filter((command) => !command.internal);
  return [
    '# Commands',
    '',
    'Written by `pnpm docs:cli` from the tables behind `--help`; do not edit.',
    '',
    ...table(
      ['command', 'does'],
      listed.map(({ name, summary }) => [`[${name}](#${name})`, summary]),
    ),
    '',
    'Every command takes:',
    '',
    ...table(['option', 'is'], Object.entries(COMMON_OPTIONS).map(optionRow)),
    '',
    '## Exit codes',
    '',
    ...table(
      ['code', 'means'],
      EXIT_CODES.map(({ code, meaning }) => [String(code), meaning]),
    ),
    '',
    'Errors are printed on stderr as `CODE: message` with a hint, or with `--json` as one JSON value; [errors.md](errors.md)',
    'lists the codes. Results go to stdout, logs and progress to stderr.',
    ...listed.flatMap(section),
    '',
  ].join('\n');
}

function section(command: Command): string[] {
  const { name, summary, description, positionals, options, examples } = command;
  const usage = positionals.map(({ name: positional, required, many }) => {
    const shown = many ? `${positional}...` : positional;
    return required ? shown : `[${shown}]`;
  });
  return [
    '',
    `## ${name}`,
    '',
    `\`${['leakscope', name, ...usage, '[OPTIONS]'].join(' ')}\`: ${summary}.`,
    ...(description ? ['', description] : []),
    ...(positionals.length > 0
      ? [
          '',
          ...table(
            ['argument', 'is'],
            positionals.map(({ name: positional, summary: is }) => [`\`${positional}\``, is]),
          ),
        ]
      : []),
    ...(Object.keys(options).length > 0
      ? ['', ...table(['option', 'is'], Object.entries(options).map(optionRow))]
      : []),
    '',
    '```',
    ...examples.flatMap(({ line, does }) => [`# ${does}`, line]),
    '```',
  ];
}

function optionRow([name, option]: [string, Option]): [string, string] {
  const flag = `\`--${name}${option.type === 'string' ? ` ${option.value ?? 'TEXT'}` : ''}\``;
  const notes = [
    option.required ? 'required' : '',
    option.multiple ? 'may be repeated' : '',
    option.default === undefined ? '' : `default \`${option.default}\``,
  ].filter(Boolean);
  return [flag, notes.length > 0 ? `${option.summary} (${notes.join(', ')})` : option.summary];
}

function table(header: readonly [string, string], rows: readonly (readonly [string, string])[]): string[] {
  const cell = (text: string) => text.replaceAll('|', '\\|');
  return [`| ${header.join(' | ')} |`, '|---|---|', ...rows.map((row) => `| ${row.map(cell).join(' | ')} |`)];
}
