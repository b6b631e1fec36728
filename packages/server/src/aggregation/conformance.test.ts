/** The conformance suite over every rule, and what it catches. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { aggregationConformance } from './conformance.ts';
import { AGGREGATION_RULES } from './registry.ts';

describe.each(AGGREGATION_RULES.names)('%s', (name) => {
  const needed: Readonly<Record<string, string>> = { 'norm-bound': ':bound=1' };
  for (const { name: what, run } of aggregationConformance(`${name}${needed[name] ?? ''}`, '.')) test(what, run);
});

describe('the suite catches', () => {
  const folder = mkdtempSync(join(tmpdir(), 'leakscope-rule-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each([
    ['a sum', 'gives an update back', 'values.reduce((a, b) => a + b)'],
    ['the first client’s', 'does not depend', 'values[0]'],
    ['draws', 'is a function', 'values[0] + Math.random()'],
    ['a division by zero', 'stays finite', 'values.reduce((a, b) => a + b * b, 0) / values.reduce((a, b) => a + b, 0)'],
  ])('%s', async (fault, what, combine) => {
    const path = join(folder, `${fault.replaceAll(/\W/g, '-')}.mjs`);
    writeFileSync(
      path,
      `export default ({ defineAggregation, z }) => defineAggregation({
         name: 'broken', summary: '', params: z.strictObject({}), sees: 'entries', combine: (values) => ${combine} });`,
    );
    const found = aggregationConformance(path, folder).find(({ name }) => name.startsWith(what));
    await expect(found?.run()).rejects.toThrow();
  });
});
