/** Help of the program and of each command, rendered from the commands' own tables. */
import { EXIT_CODES } from '@leakscope/shared/errors';
import { COMMON_OPTIONS, type Command, type Option } from './command.ts';

export function programHelp(commands: readonly Command[]): string {
  const listed = commands.filter((command) => !command.internal);
  return [
    'leakscope: how much does each client of a federation leak through its gradients?',
    '',
    'Usage: leakscope COMMAND [ARGUMENTS] [OPTIONS]',
    '',
    'Commands',
    ...columns(listed.map(({ name, summary }) => [name, summary])),
    '',
    'Every command takes --json, --help and --log-level; leakscope --version prints the version.',
    '',
    'Exit codes',
    ...columns(EXIT_CODES.map(({ code, meaning }) => [String(code), meaning])),
    '',
    'Example',
    '  leakscope simulate experiments/first-run.yaml',
  ].join('\n');
}

export function commandHelp(command: Command): string {
  const positionals = command.positionals.map(({ name, required, many }) => {
    const shown = many ? `${name}...` : name;
    return required ? shown : `[${shown}]`;
  });
  return [
    `leakscope ${command.name}: ${command.summary}`,
    ...(command.description ? ['', ...wrap(command.description, 100)] : []),
    '',
    `Usage: ${['leakscope', command.name, ...positionals, '[OPTIONS]'].join(' ')}`,
    ...(command.positionals.length > 0
      ? ['', 'Arguments', ...columns(command.positionals.map(({ name, summary }) => [name, summary]))]
      : []),
    '',
    'Options',
    ...columns(Object.entries({ ...command.options, ...COMMON_OPTIONS }).map(optionRow)),
    '',
    command.examples.length > 1 ? 'Examples' : 'Example',
    ...command.examples.flatMap(({ line, does }) => [`  # ${does}`, `  ${line}`]),
  ].join('\n');
}

function optionRow([name, option]: [string, Option]): [string, string] {
  const notes = [
    option.required ? 'required' : '',
    option.multiple ? 'may be repeated' : '',
    option.default === undefined ? '' : `default ${option.default}`,
  ].filter(Boolean);
  const flag = `${option.short ? `-${option.short}, ` : ''}--${name}${option.type === 'string' ? ` ${option.value ?? 'TEXT'}` : ''}`;
  return [flag, notes.length > 0 ? `${option.summary} (${notes.join(', ')})` : option.summary];
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.flatMap(([left, right]) =>
    wrap(right, 96 - width).map((text, i) => `  ${(i === 0 ? left : '').padEnd(width)}  ${text}`),
  );
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [''];
  for (const word of text.split(/\s+/)) {
    const current = lines.at(-1) ?? '';
    if (current && current.length + word.length >= width) lines.push(word);
    else lines[lines.length - 1] = current ? `${current} ${word}` : word;
  }
  return lines;
}
