/** Which federations a comparison runs, and how it tells how far it is. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { planComparison } from './plan.ts';
import { comparisonProgress } from './progress.ts';
import { combinations } from './vary.ts';

let root = '';
let path = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'leakscope-compare-'));
  path = join(root, 'tiny.yaml');
  await writeFile(
    path,
    'seed: 7\nmodel: { arch: lenet }\nclients: [{ id: a, defense: none }, { id: b, defense: none, swapWith: a }]\nattack: { name: ggl, generator: synthetic-faces-32 }',
  );
});
afterAll(() => rm(root, { recursive: true }));

const plan = (vary: string[], seeds = 1, set: string[] = []) =>
  planComparison(path, { vary, seeds, set, base: undefined });

it('runs every combination of values at each seed, one seed after the other', async () => {
  const runs = await plan(['defense=none|noise:sigma=0.1+clip:bound=4', 'training.batchSize=1|8'], 2);
  expect(runs.map(({ name }) => name)).toEqual(
    [7, 8].flatMap((seed) => [
      `none_training.batchSize=1-seed-${seed}`,
      `none_training.batchSize=8-seed-${seed}`,
      `noise_sigma=0.1+clip_bound=4_training.batchSize=1-seed-${seed}`,
      `noise_sigma=0.1+clip_bound=4_training.batchSize=8-seed-${seed}`,
    ]),
  );
  const last = runs.at(-1);
  expect(last?.experiment.seed).toBe(8);
  expect(last?.experiment.stages[0]?.training.batchSize).toBe(8);
  // Every client has the varied defence, a control too.
  expect(last?.experiment.clients.map(({ defense }) => defense.map(({ name }) => name))).toEqual([
    ['noise', 'clip'],
    ['noise', 'clip'],
  ]);
  expect(last?.base).toBe(root);
});

it('a wrong value of the last combination shows before the first run begins', async () => {
  await expect(plan(['defense=none|noise:sigam=0.1'])).rejects.toMatchObject({ code: 'DEFENSE_PARAMETER_INVALID' });
});

it.each([
  [[], 'say what differs'],
  [['defense'], 'expected KEY=A|B'],
  [['defense=none'], 'at least two values'],
  [['defense=none|'], 'at least two values'],
  [['defense=none|none'], 'given twice'],
  [['seed=1|2'], 'use --seeds'],
  [['threads=1|2', 'threads=3|4'], 'threads is varied twice'],
])('refuses --vary %j', (vary, reason) => {
  expect(() => combinations(vary)).toThrow(reason);
});

it('refuses values that would share a folder', async () => {
  await expect(plan(['model.weights=a b|a_b'])).rejects.toThrow('would share the folder');
});

it('tells one progress over all runs, those finished before included', () => {
  const told: unknown[] = [];
  const progressOf = comparisonProgress(
    { report: (event) => told.push(event), end: () => told.push('end') },
    [4, 4, 4],
  );
  const second = progressOf(1, 'noise-seed-7');
  second.report({ phase: 'training', done: 3, total: 8 });
  second.report({ phase: 'evaluated', done: 2, total: 4 });
  second.report({ phase: 'attacks', done: 3 });
  second.end();
  expect(told).toEqual([
    { phase: 'comparison', done: 4, total: 12, detail: 'run 2 of 3, noise-seed-7: training 3/8' },
    { phase: 'comparison', done: 6, total: 12, detail: 'run 2 of 3, noise-seed-7: evaluated 2/4' },
    { phase: 'comparison', done: 6, total: 12, detail: 'run 2 of 3, noise-seed-7: attacks 3' },
  ]);
});
