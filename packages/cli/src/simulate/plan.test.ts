/** The first wall as the process table builds it: nothing of the data or the clients reaches an attacker. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Experiment, parseExperiment } from '@leakscope/shared/config';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processPlan } from './plan.ts';
import { newRunFolder, type RunFolder } from './run-folder.ts';
import type { ProcessSpec } from './supervisor.ts';
import { expectedJobs } from './watch.ts';

const experiment = parseExperiment(`
name: walls
seed: 987654321
data: { source: celeba, path: /secret/faces }
stages: [{ name: a, rounds: 3 }, { name: b, rounds: 5, audit: false }, { name: c, rounds: 2 }]
clients:
  - { id: hospital, defense: 'noise:sigma=0.125' }
  - { id: clinic, defense: none, auditVictims: 2 }
attack: { name: ggl, steps: 10, seed: 5 }
queue: { workers: 2 }
server: { token: hunter2 }
`);

let root = '';
let folder: RunFolder;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'leakscope-plan-'));
  folder = await newRunFolder(experiment, join(root, 'run'));
});
afterAll(() => rm(root, { recursive: true }));

const environment = { PATH: '/bin', LEAKSCOPE_TOKEN: 'outer', LEAKSCOPE_DATA: '/secret/faces' };
const plan = (change: Partial<Experiment> = {}) =>
  processPlan({
    experiment: { ...experiment, ...change },
    folder,
    base: '/base',
    token: 'drawn-token',
    environment,
    logLevel: 'info',
  });

describe('an attacker', () => {
  it('is told nothing of data, clients, defences, seeds or tokens', async () => {
    const attackers = plan().attackers(() => {});
    expect(attackers.map(({ name }) => name)).toEqual(['attacker-1', 'attacker-2']);
    for (const { argv, environment: seen, folder: where } of attackers) {
      const told = JSON.stringify([argv(0), seen, where, await readFile(folder.attackFile, 'utf8')]);
      expect(told).not.toMatch(/secret|hospital|clinic|sigma|987654321|token|hunter2|outer/i);
      expect(told).toContain('ggl');
    }
  });
});

describe('the other processes', () => {
  it('share the drawn token by environment, where no list of processes shows it', () => {
    const { server, clients } = plan();
    const specs = [
      server(
        () => 0,
        () => {},
      ),
      ...clients('ws://127.0.0.1:1'),
    ];
    for (const { argv, environment: seen } of specs) {
      expect(seen?.LEAKSCOPE_TOKEN).toBe('drawn-token');
      expect(JSON.stringify(argv(0))).not.toContain('drawn-token');
    }
  });

  it('come back where they were: a restarted server listens where it did', () => {
    let port = 0;
    const { argv } = plan().server(
      () => port,
      () => {},
    );
    expect(argv(0)).toContain('0');
    port = 7712;
    expect(argv(1)).toContain('7712');
  });

  it('leave the cores to the attackers, unless the experiment says how many threads each takes', () => {
    const told = (threads: number) => {
      const { clients, evaluator, attackers } = plan({ threads });
      const sets = (specs: readonly ProcessSpec[]) => specs.map(({ argv }) => argv(0).includes('threads=1'));
      return [sets(clients('ws://127.0.0.1:1')), sets([evaluator(() => {})]), sets(attackers(() => {}))];
    };
    expect(told(0)).toEqual([[true, true], [true], [false, false]]);
    expect(told(3)).toEqual([[false, false], [false], [false, false]]);
  });

  it('host several clients each where the experiment says how many there are', () => {
    const hosted = (clientProcesses: Experiment['clientProcesses']) =>
      plan({ clientProcesses, clients: ['a', 'b', 'c'].map((id) => ({ ...experiment.clients[0], id }) as never) })
        .clients('ws://127.0.0.1:1')
        .map(({ name, argv }) => [name, ...argv(0).filter((_, i, all) => all[i - 1] === '--id')]);
    expect(hosted('each')).toEqual([
      ['client-a', 'a'],
      ['client-b', 'b'],
      ['client-c', 'c'],
    ]);
    expect(hosted(2)).toEqual([
      ['clients-1', 'a', 'c'],
      ['clients-2', 'b'],
    ]);
    expect(hosted(9)).toHaveLength(3);
  });

  it('find no token in the run folder', async () => {
    expect(await readFile(folder.experimentFile, 'utf8')).not.toContain('hunter2');
  });
});

it('expects one job an audited update and attack', () => {
  expect(expectedJobs(experiment)).toBe(3 + 2 + (2 + 2));
  const stages = experiment.stages.map((stage) => ({ ...stage, clients: ['clinic'] }));
  expect(expectedJobs({ ...experiment, stages })).toBe(2 + 2);
});
