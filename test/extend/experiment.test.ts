/** One experiment whose every part comes from outside the tree: the modules of docs/modules.md, in a folder of their own. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Ending, leakscope } from './command.ts';
import { EXAMPLES, exampleFolder } from './examples.ts';

const EXPERIMENT = `
name: outside
seed: 3
data: { source: ./stripes.ts, count: 120 }
model: { arch: ./tiny.ts }
training: { aggregation: ./winsorised.ts, testExamples: 8 }
stages: [{ name: only, rounds: 1 }]
clients:
  - { id: open, defense: none }
  - { id: moved, defense: './jitter.ts:width=0.02' }
attacks:
  - { name: ./lucky.ts, draws: 4, generator: synthetic-faces-32 }
  - { name: ggl, optimizer: ./momentum.ts, loss: ./robust.ts, steps: 4, generator: synthetic-faces-32 }
evaluation: { ceilingSteps: 2, priorSamples: 8, metrics: ['./sharpness.ts:step=2'] }
`;

const folder = exampleFolder({
  'outside.yaml': EXPERIMENT,
  'failing.ts': (EXAMPLES.get('lucky.ts') ?? '').replace('random.normals(entries)', 'random.normal(entries).slice(0)'),
  'failing.yaml': EXPERIMENT.replace('./lucky.ts', './failing.ts'),
});
afterAll(folder.remove);

interface Leak {
  readonly attack: string;
  readonly client: string;
  readonly failed: { readonly code: string; readonly message: string } | null;
  readonly metrics: Readonly<Record<string, number | null>> | null;
  readonly floor: Readonly<Record<string, number | null>> | null;
}

const leaksOf = (run: string): Leak[] =>
  readFileSync(join(folder.path, run, 'leaks.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Leak);

describe('a run of modules alone', () => {
  let ending: Ending;
  beforeAll(async () => {
    ending = await leakscope(folder.path, 'simulate', 'outside.yaml', '--out', 'run', '--json');
  }, 240_000);

  test('is finished: data, model, defence, aggregation rule, attack, optimiser and objective', () => {
    expect(ending.status, ending.stderr).toBe(0);
    expect(JSON.parse(ending.stdout)).toMatchObject({ outcome: 'finished', deaths: [] });
    const leaks = leaksOf('run');
    expect(leaks.map(({ failed }) => failed)).toEqual([null, null, null, null]);
    expect(new Set(leaks.map(({ attack }) => attack))).toEqual(new Set(['./lucky.ts', 'ggl']));
  });

  test('measures by the metric, the floor included', () => {
    for (const { metrics, floor } of leaksOf('run')) {
      expect(metrics?.sharpness).toBeGreaterThan(0);
      // The mean of horizontal stripes has no horizontal step, and neither has a victim of that label.
      expect(floor?.sharpness).toBeGreaterThanOrEqual(0);
    }
  });

  test('keeps each module in the manifest, by its path and digest', () => {
    const { digests } = JSON.parse(readFileSync(join(folder.path, 'run', 'manifest.json'), 'utf8'));
    for (const name of ['stripes', 'tiny', 'winsorised', 'jitter', 'lucky', 'momentum', 'robust', 'sharpness']) {
      const sha256 = createHash('sha256')
        .update(EXAMPLES.get(`${name}.ts`) ?? '')
        .digest('hex');
      expect(digests[`module ./${name}.ts`]).toBe(`sha256:${sha256}`);
    }
  });
});

test('an attack that throws is counted as failed, by the module’s own place', { timeout: 240_000 }, async () => {
  const { status, stderr } = await leakscope(folder.path, 'simulate', 'failing.yaml', '--out', 'failed', '--json');
  expect(status, stderr).toBe(0);
  const failed = leaksOf('failed').flatMap(({ failed: fault }) => fault ?? []);
  expect(failed).toHaveLength(2);
  for (const { code, message } of failed) {
    expect(code).toBe('MODULE_FAILED');
    expect(message).toMatch(/failing\.ts:\d+:\d+: reconstruct\(\) of this attack failed: TypeError/);
  }
});
