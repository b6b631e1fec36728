/** docs/errors.md, written from the registry; errors.test.ts keeps the two equal. */
import { ERRORS, type ErrorEntry, EXIT } from '../errors.ts';
import type { Exit } from './entry.ts';

const MEANING: Record<Exit, string> = {
  ok: 'everything asked for was done',
  internal: 'a fault of Leakscope: please report it',
  usage: 'the command line, the experiment file or a plug-in is not valid',
  input: 'a file that was given (image, dataset, tensors, weights) is missing or damaged',
  environment: 'this machine lacks something that was asked for',
  network: 'a connection failed, or the other side broke the protocol',
  storage: "the run's folder cannot be read or written",
  computation: 'a computation ended without a usable result',
  interrupted: 'stopped by Ctrl-C or SIGTERM; a run can be resumed, another command is to be run again',
};

/** The whole page: exit codes, and each error with its message as a template. */
export function errorsDocument(): string {
  const exits = Object.entries(EXIT).map(([name, code]) => `| ${code} | ${name} | ${MEANING[name as Exit]} |`);
  const errors = Object.entries(ERRORS)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, error]) => {
      const { exit, message, hint } = error as ErrorEntry<never> as ErrorEntry<unknown>;
      return `| \`${code}\` | ${EXIT[exit]} | ${cell(message(placeholder('')))} | ${cell(hint)} |`;
    });
  return `# Errors and exit codes

<!-- Written by \`pnpm docs:errors\` from packages/shared/src/errors. Do not edit. -->

Every failure that Leakscope foresees has a code. A command prints the message and the hint on stderr, or both as JSON with
\`--json\`, and ends with the exit code below. Words in ‹angle quotes› stand for the details of the case.

## Exit codes

| exit | name | meaning |
|---|---|---|
${exits.join('\n')}

## Errors

| code | exit | message | what to do |
|---|---|---|---|
${errors.join('\n')}
`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');
}

/** Stands for a detail of any type in a message: prints as its own name, whatever is read from it or called on it. */
function placeholder(name: string): unknown {
  const print = () => `‹${name}›`;
  return new Proxy(print, {
    get(_target, key) {
      if (key === Symbol.toPrimitive || key === 'toString') return print;
      if (typeof key === 'symbol') return undefined;
      return placeholder(name === '' ? key : name);
    },
    apply: () => placeholder(name),
  });
}
