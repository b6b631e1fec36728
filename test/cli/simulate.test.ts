/** `leakscope simulate` as a person uses it: a run, an interrupted run that is resumed, the same leak log from both, no process left. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { stripTimes } from '@leakscope/store';
import { afterAll, beforeAll, expect, it } from 'vitest';

const LAUNCHER = resolve(import.meta.dirname, '../../packages/cli/bin/leakscope.js');
const EXPERIMENT = `
name: tiny
seed: 3
data: { source: synthetic-faces, sizes: { public: 64, clients: 64, evaluation: 64 } }
model: { arch: lenet }
training: { testExamples: 16 }
stages: [{ name: only, rounds: 2 }]
clients:
  - { id: open, defense: none }
  - { id: control, defense: none, swapWith: open }
attack: { name: ggl, steps: 5, generator: synthetic-faces-32 }
evaluation: { ceilingSteps: 5, priorSamples: 16 }
`;

const folder = mkdtempSync(join(tmpdir(), 'leakscope-simulate-'));
const experiment = join(folder, 'tiny.yaml');
const run = (name: string) => join(folder, name);
const children: ChildProcess[] = [];

beforeAll(() => writeFileSync(experiment, EXPERIMENT));
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function simulate(out: string, ...more: string[]) {
  const argv = [LAUNCHER, 'simulate', experiment, '--out', run(out), '--json', '--log-level', 'info', ...more];
  const child = spawn(process.execPath, argv, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = once(child, 'close').then(([code]) => ({ code: Number(code), stdout, stderr }));
  return { child, ended };
}

it('runs, or is interrupted and resumed, with the same leak log, and leaves no process behind', async () => {
  const whole = await simulate('whole').ended;
  expect(whole.code, whole.stderr).toBe(0);
  const result: unknown = JSON.parse(whole.stdout);
  expect(result).toMatchObject({
    outcome: 'finished',
    deaths: [],
    clients: [
      { client: 'open', control: false, victims: 2, failures: 0 },
      { client: 'control', control: true, victims: 2, failures: 0 },
    ],
  });
  expect(readFileSync(join(run('whole'), 'report.html'), 'utf8').match(/<article/g)).toHaveLength(4);

  const { child, ended } = simulate('parts');
  // The moment that leaves most to go on with: an attack is evaluated, others are not.
  const evaluated = () => /"msg":"evaluated"/.test(textOf(join(run('parts'), 'logs', 'evaluator.log')));
  while (!evaluated() && child.exitCode === null) await wait(50);
  child.kill('SIGINT');
  const interrupted = await ended;
  expect(interrupted.code, interrupted.stderr).toBe(130);
  expect(JSON.parse(interrupted.stdout)).toMatchObject({
    outcome: 'interrupted',
    resume: expect.stringContaining('--resume'),
  });

  const resumed = await simulate('parts', '--resume').ended;
  expect(resumed.code, resumed.stderr).toBe(0);
  const log = (name: string) => stripTimes(readFileSync(join(run(name), 'leaks.jsonl'), 'utf8'));
  expect(log('parts')).toBe(log('whole'));

  for (const pid of pidsOf(run('whole'), run('parts'))) expect(() => process.kill(pid, 0)).toThrow();
}, 300_000);

/** Empty before there is such a file. */
const textOf = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');

/** Of every process that wrote a log line. */
function pidsOf(...runs: string[]): Set<number> {
  const names = ['server', 'client-open', 'client-control', 'attacker-1', 'evaluator'];
  const lines = runs.flatMap((path) =>
    names.flatMap((name) => readFileSync(join(path, 'logs', `${name}.log`), 'utf8').split('\n')),
  );
  return new Set(lines.flatMap((line) => (/"pid":(\d+)/.exec(line)?.[1] ?? '').split(',').filter(Boolean).map(Number)));
}
