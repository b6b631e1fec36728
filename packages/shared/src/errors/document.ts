/** docs/errors.md, written from the registry; errors.test.ts keeps the two equal. */
import { ERRORS, type ErrorEntry, EXIT, EXIT_CODES } from '../errors.ts';

/** The whole page: exit codes, and each error with its message as a template. */
export function errorsDocument(): string {
  const exits = EXIT_CODES.map(({ name, code, meaning }) => `| ${code} | ${name} | ${meaning} |`);
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
