/** The command as a process: exit codes, JSON errors, help of every command, a plain word about an old Node. */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../commands.ts';
import { LAUNCHER } from './child.ts';
import { commandHelp, programHelp } from './help.ts';
import { runCli } from './run.fixture.ts';

const run = (...argv: string[]) => runCli(argv, { timeoutMs: 60_000 });

describe('leakscope', () => {
  it('prints its version', async () => {
    expect(await run('--version')).toMatchObject({ status: '0', stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  it('suggests the command that was meant', async () => {
    const { status, stderr } = await run('simulte');
    expect(status).toBe('2');
    expect(stderr).toMatch(/^CLI_COMMAND_UNKNOWN: .*simulte.*simulate/);
  });

  it('prints errors as JSON with --json', async () => {
    const { status, stdout, stderr } = await run('doctor', '--json', '--colour');
    expect([status, stdout]).toEqual(['2', '']);
    expect(JSON.parse(stderr)).toMatchObject({
      error: { code: 'CLI_OPTION_UNKNOWN', exit: 2, details: { option: '--colour' } },
    });
  });
});

describe.skipIf(process.platform !== 'linux')('memory', () => {
  /** What GLIBC_TUNABLES was each time the process began. */
  function begun(environment: NodeJS.ProcessEnv, ...argv: string[]): string[] {
    const { GLIBC_TUNABLES: _own, ...rest } = process.env;
    const print = 'console.error("glibc:" + (process.env.GLIBC_TUNABLES ?? "unset"))';
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(print)}`;
    const output = execFileSync('sh', ['-c', 'exec "$@" 2>&1', 'sh', process.execPath, LAUNCHER, ...argv], {
      env: { ...rest, NODE_OPTIONS, ...environment },
      encoding: 'utf8',
    });
    return [...output.matchAll(/^glibc:(.*)$/gm)].map(([, value]) => value as string);
  }

  it('comes in huge pages: a command begins again, once', () => {
    expect(begun({}, 'bench', '--help')).toEqual(['unset', 'glibc.malloc.hugetlb=1']);
  });

  it('is as the user set it', () => {
    expect(begun({ GLIBC_TUNABLES: 'glibc.malloc.check=0' }, 'bench', '--help')).toEqual(['glibc.malloc.check=0']);
  });

  it('does not delay what needs none', () => {
    expect(begun({}, '--version')).toEqual(['unset']);
  });
});

describe('help', () => {
  it.each(COMMANDS.map((command) => [command.name, command] as const))(
    '%s has a summary and an example of its own use',
    (name, command) => {
      const text = commandHelp(command);
      expect(command.examples.length).toBeGreaterThan(0);
      for (const { line } of command.examples) expect(line).toMatch(new RegExp(`^leakscope ${name}\\b`));
      const written = text.split('\n').filter((line) => !line.startsWith('  leakscope'));
      expect(Math.max(...written.map((line) => line.length))).toBeLessThan(110);
    },
  );

  it('lists every command that is not internal', () => {
    const text = programHelp(COMMANDS);
    for (const { name, internal } of COMMANDS) expect(text.includes(`\n  ${name} `)).toBe(!internal);
  });
});
