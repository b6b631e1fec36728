/** `leakscope conformance` in an empty folder: the examples of the docs hold, and faults are the module's, with their place. */
import { afterAll, describe, expect, test } from 'vitest';
import { leakscope } from './command.ts';
import { EXAMPLES, exampleFolder } from './examples.ts';

const folder = exampleFolder({
  'syntax.mjs': 'export default () =>\n  );\n',
  'early.ts': 'const kit: unknown = 1;\nthrow new Error("early");\nexport default kit;\n',
  'nothing.mjs': 'export default () => ({});\n',
  'misspelt.ts': (EXAMPLES.get('tiny.ts') ?? '').replace("linear('fc', flat)", "linear('fcc', flat)"),
  'leaky.ts': (EXAMPLES.get('stripes.ts') ?? '').replace('parts[i] === name', 'name !== parts[i]'),
});
afterAll(folder.remove);

describe('every example of docs/modules.md', () => {
  test.each([...EXAMPLES.keys()])('%s meets its contract', { timeout: 120_000 }, async (name) => {
    const { status, stdout, stderr } = await leakscope(folder.path, 'conformance', `./${name}`, '--json');
    expect(stderr).toBe('');
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.length).toBeGreaterThan(5);
    expect(lines.at(-1)).toMatchObject({ cases: lines.length - 1, failed: 0 });
    expect(status).toBe(0);
  });
});

describe('a fault', () => {
  test.each([
    ['syntax.mjs', 'MODULE_FAILED', 'syntax.mjs:2'],
    ['early.ts', 'MODULE_FAILED', 'early.ts:2:7: import of this module failed: Error: early'],
    ['nothing.mjs', 'MODULE_INVALID', 'nothing.mjs:1 cannot be used'],
    ['missing.ts', 'MODULE_INVALID', 'no such file'],
  ])('%s is told before any case', async (name, code, message) => {
    const { status, stderr } = await leakscope(folder.path, 'conformance', `./${name}`);
    expect(stderr).toContain(code);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('INTERNAL');
    expect(status).toBe(2);
  });

  test.each([
    [
      'misspelt.ts',
      'FAIL  gives finite features',
      /misspelt\.ts:\d+:\d+: forward\(\) .* TENSORS_MISSING: tensor "fcc\.weight"/,
    ],
    ['leaky.ts', 'FAIL  cuts its examples', /leaky\.ts:\d+: example \d+ is in two partitions/],
  ])('%s fails the case that finds it, with its place', { timeout: 60_000 }, async (name, failed, place) => {
    const { status, stdout, stderr } = await leakscope(folder.path, 'conformance', `./${name}`);
    expect(stdout).toContain(failed);
    expect(stdout).toMatch(place);
    expect(stderr).toContain('MODULE_NONCONFORMING');
    expect(status).toBe(2);
  });
});
