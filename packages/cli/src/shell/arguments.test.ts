/** Command lines: what is understood, and what is refused by which code. */
import { LeakscopeError } from '@leakscope/shared/errors';
import { describe, expect, it } from 'vitest';
import { integerOption, parseArguments } from './arguments.ts';
import type { CommandSpec } from './command.ts';

const spec: CommandSpec = {
  name: 'brew',
  summary: 'makes tea',
  positionals: [{ name: 'LEAF', summary: 'which tea', required: true }],
  options: {
    minutes: { type: 'string', value: 'N', default: '3', summary: 'how long' },
    add: { type: 'string', multiple: true, summary: 'what to add' },
    cup: { type: 'string', summary: 'which cup' },
    iced: { type: 'boolean', summary: 'with ice' },
  },
  examples: [],
};

const codeOf = (argv: string[], command = spec) => {
  try {
    parseArguments(command, argv);
    return undefined;
  } catch (error) {
    return error instanceof LeakscopeError ? error.code : error;
  }
};

describe('parseArguments', () => {
  it('fills defaults and keeps what was given', () => {
    const { options, arguments: rest } = parseArguments(spec, ['oolong', '--add', 'milk', '--add=salt=1', '--iced']);
    expect(rest).toEqual(['oolong']);
    expect(options).toMatchObject({ minutes: '3', add: ['milk', 'salt=1'], iced: true, cup: undefined, json: false });
  });

  it.each([
    [['oolong', '--minuts', '4'], 'CLI_OPTION_UNKNOWN'],
    [['oolong', '--no-iced'], 'CLI_OPTION_UNKNOWN'],
    [['oolong', '--constructor'], 'CLI_OPTION_UNKNOWN'],
    [['oolong', '--minutes'], 'CLI_OPTION_INVALID'],
    [['oolong', '--iced=yes'], 'CLI_OPTION_INVALID'],
    [[], 'CLI_ARGUMENT_MISSING'],
    [['oolong', 'sencha'], 'CLI_ARGUMENT_UNEXPECTED'],
  ])('%j ends in %s', (argv, code) => expect(codeOf(argv)).toBe(code));

  it('suggests the option that was meant', () => {
    expect(() => parseArguments(spec, ['oolong', '--minuts', '4'])).toThrow(
      'brew has no option --minuts; did you mean --minutes?',
    );
  });

  it('asks for a required option, but not beside --help', () => {
    const strict: CommandSpec = { ...spec, options: { pot: { type: 'string', required: true, summary: 'which pot' } } };
    expect(codeOf(['oolong'], strict)).toBe('CLI_ARGUMENT_MISSING');
    expect(codeOf(['--help'], strict)).toBeUndefined();
  });
});

describe('integerOption', () => {
  it.each(['', ' ', '1.5', 'ten', '-1', '1e400'])('refuses %j', (text) => {
    expect(() => integerOption('minutes', text)).toThrow('--minutes');
  });
  it('reads whole numbers', () => expect(integerOption('minutes', '12', 1)).toBe(12));
});
