/** The conformance suite over every built-in defence and some compositions. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { defenseConformance } from './conformance.ts';
import { DEFENSES } from './registry.ts';

const IDEMPOTENT = [
  'none',
  'noise:sigma=0',
  'clip:bound=4',
  'clip:bound=0.5,scope=layer',
  'sparsify:fraction=0.9',
  'sparsify:fraction=0',
  'soteria:fraction=0.8',
  'soteria:fraction=0.5,score=inverse',
];
const DRAWING = [
  'noise:sigma=0.1',
  'noise:sigma=3,kind=laplace',
  'clip:bound=4+noise:sigma=0.1',
  'dp:bound=1,noiseMultiplier=1',
  'dp-client:bound=1,noiseMultiplier=1',
];
const COMPOSED = [
  'sparsify:fraction=0.5+clip:bound=1',
  'clip:bound=2,scope=layer+soteria:fraction=0.3+sparsify:fraction=0.2',
];

test('every built-in defence is in the suite', () => {
  const tested = [...IDEMPOTENT, ...DRAWING, ...COMPOSED].map((spec) => spec.split(':')[0]);
  for (const { name } of DEFENSES.builtIn) expect(tested).toContain(name);
});

for (const spec of [...IDEMPOTENT, ...DRAWING, ...COMPOSED]) {
  describe(spec, () => {
    for (const { name, run } of defenseConformance(spec, { idempotent: IDEMPOTENT.includes(spec) })) test(name, run);
  });
}

describe('the suite catches', () => {
  const folder = mkdtempSync(join(tmpdir(), 'leakscope-broken-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each([
    [
      'a changed input',
      'leaves its input as it is',
      `(update) => { update.get('conv1.weight').data[0] = 7; return update; }`,
    ],
    ['a lost tensor', 'keeps names, order and shapes', `(update) => new Map([...update].slice(1))`],
    [
      'draws that no seed repeats',
      'is a function of update and seed',
      `(update) => mapTensors(update, (_, data) => data.map((value) => value + Math.random()))`,
    ],
    [
      'one stream for all tensors',
      'does not depend on the order of the tensors',
      `(update, _, { random }) => { const r = random(); return mapTensors(update, (_, data) => data.map((v) => v + r.normal())); }`,
    ],
    [
      'a division by zero',
      'survives zero values',
      `(update) => mapTensors(update, (_, data) => data.map((value) => value / Math.abs(data[0])))`,
    ],
  ])('%s', async (fault, check, apply) => {
    const path = join(folder, `${fault.replaceAll(' ', '-')}.mjs`);
    const source = `export default ({ defineDefense, mapTensors, IDENTITY, z }) => defineDefense({ name: 'broken', summary: '', hook: 'update',
      params: z.strictObject({}), apply: ${apply}, attackerView: () => IDENTITY });`;
    writeFileSync(path, source);
    const found = defenseConformance(path).find(({ name }) => name === check);
    await expect(found?.run()).rejects.toThrow();
  });
});
