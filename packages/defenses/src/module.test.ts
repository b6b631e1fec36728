/** Runs the example of docs/modules.md as a reader would: copied into a file of its own, outside the workspace. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tensor } from '@leakscope/shared/tensors';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defenseConformance } from './conformance.ts';
import { parseDefense } from './plan.ts';

const folder = mkdtempSync(join(tmpdir(), 'leakscope-defence-'));
const example = join(folder, 'sign.ts');
const code = /```ts\n(\/\/ sign\.ts\n[\s\S]*?)```/.exec(
  readFileSync(new URL('../../../docs/modules.md', import.meta.url), 'utf8'),
)?.[1];

beforeAll(() => writeFileSync(example, code ?? ''));
afterAll(() => rmSync(folder, { recursive: true }));

const context = { random: () => expect.unreachable('it draws nothing') };

describe('docs/modules.md', () => {
  test('its example has fewer than 30 lines', () => {
    expect(code?.trimEnd().split('\n').length).toBeGreaterThan(5);
    expect(code?.trimEnd().split('\n').length).toBeLessThan(30);
  });

  test('its example is found by a path relative to the experiment and does what it says', async () => {
    const plan = await parseDefense('./sign.ts:scale=0.5', { base: folder });
    expect(plan.text).toBe('./sign.ts:scale=0.5');
    const y = await plan.apply(new Map([['w', tensor([4], Float32Array.of(1, -3, 0, 4))]]), context);
    expect([...(y.get('w')?.data ?? [])]).toEqual([1, -1, 0, 1]);
  });

  test('its parameters are validated', async () => {
    await expect(parseDefense('./sign.ts:scale=-1', { base: folder })).rejects.toMatchObject({
      code: 'DEFENSE_PARAMETER_INVALID',
      details: { defense: 'sign', field: 'scale', value: -1 },
    });
  });

  test('it composes with a built-in', async () => {
    const plan = await parseDefense('clip:bound=2+./sign.ts', { base: folder });
    const y = await plan.apply(new Map([['w', tensor([4], Float32Array.of(4, -4, 4, 4))]]), context);
    expect([...(y.get('w')?.data ?? [])]).toEqual([1, -1, 1, 1]);
  });

  for (const { name, run } of defenseConformance(`${example}:scale=0.5`)) test(`conformance: ${name}`, run);
});

test('a function that it gives the attacker has the name of its file’s digest too', async () => {
  const source = (name: string) => `export default ({ defineDefense, z }) => defineDefense({
    name: '${name}', summary: '', hook: 'update', params: z.strictObject({}), apply: (update) => new Map(update),
    attackerView: () => ({ kind: 'function', name: 'half', apply: (gradient) => gradient }) });`;
  const names = await Promise.all(
    ['one', 'other'].map(async (name) => {
      writeFileSync(join(folder, `${name}.mjs`), `${source('own')} // ${name}`);
      const plan = await parseDefense(`./${name}.mjs`, { base: folder });
      const view = plan.attackerView(new Map(), 'estimated');
      return view.kind === 'function' ? view.name : '';
    }),
  );
  expect(names[0]).toMatch(/^own@[0-9a-f]{12}\/half$/);
  expect(names[1]).not.toBe(names[0]);
});
