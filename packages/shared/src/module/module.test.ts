/** Modules are real files in a folder outside the workspace, as a user's are. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { LeakscopeError } from '../errors.ts';
import { defined, isModulePath, loadedModules, programName, type Registered, registry } from '../module.ts';

interface Metric extends Registered {
  readonly kind: 'metric';
  readonly params: z.ZodType;
  distance(a: number, b: number): number;
  open(options?: { signal?: AbortSignal }): Promise<{ next(): number }>;
}

const defineMetric = (parts: Omit<Metric, 'kind' | 'module'>): Metric => defined('metric', parts);
const exact = defineMetric({
  name: 'exact',
  params: z.strictObject({}),
  distance: (a, b) => Number(a !== b),
  open: async () => ({ next: () => 1 }),
});

const METRICS = registry<Metric>({
  kind: 'metric',
  builtIn: [exact],
  contract: {
    check: ({ distance }) => (typeof distance === 'function' ? undefined : 'distance is not a function'),
    results: { distance: (result) => (typeof result === 'number' ? undefined : 'returns no number') },
    makes: { open: { check: ({ next }) => (typeof next === 'function' ? undefined : 'next is not a function') } },
  },
  kit: () => ({ defineMetric, z }),
  unknown: (details) => new LeakscopeError('ATTACK_UNKNOWN', details),
});

const folder = mkdtempSync(join(tmpdir(), 'leakscope-module-'));
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;
function write(source: string): string {
  const name = `./metric-${++count}.mjs`;
  writeFileSync(join(folder, name), source);
  return name;
}

/** A metric whose parts are sound but for those given; `distance` begins at line 4, column 3. */
const withParts = (parts: string): string =>
  write(`export default ({ defineMetric, z }) => defineMetric({
  name: 'mine', params: z.strictObject({}),
  distance: (a, b) => Math.abs(a - b), open: async () => ({ next: () => 2 }),
  ${parts}
});`);

const faultIn = (name: string, code: string, reason: string, line?: number) =>
  expect.objectContaining({
    code,
    message: expect.stringContaining(reason),
    details: expect.objectContaining({
      kind: 'metric',
      place: expect.stringMatching(new RegExp(`${name.slice(1)}${line === undefined ? '' : `:${line}(:\\d+)?$`}`)),
    }),
  });

describe('names', () => {
  test.each(['./a', '../b.ts', '/c', 'd.ts', 'e.mjs', 'folder/f.js'])('%s is a path', (name) =>
    expect(isModulePath(name)).toBe(true),
  );
  test.each(['ggl', 'prior-only', 'a.b', 'ts'])('%s is a name', (name) => expect(isModulePath(name)).toBe(false));

  test('a built-in is found at once, and an unknown name is refused by the owner with a suggestion', async () => {
    expect(await METRICS.find('exact', folder)).toBe(exact);
    for (const name of ['exect', 'toString']) {
      const error = expect.objectContaining({ code: 'ATTACK_UNKNOWN' });
      await expect(METRICS.find(name, folder)).rejects.toEqual(error);
      expect(() => METRICS.get(name)).toThrow(error);
    }
    await expect(METRICS.find('exect', folder)).rejects.toMatchObject({ details: { suggestion: 'exact' } });
  });
});

describe('a sound module', () => {
  test('is found by a path relative to the base, works, and is remembered with its digest', async () => {
    const name = withParts('');
    const metric = await METRICS.find(name, folder);
    expect(metric.distance(1, 4)).toBe(3);
    expect((await metric.open()).next()).toBe(2);
    expect(loadedModules()).toContainEqual({
      kind: 'metric',
      name,
      path: join(folder, name),
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    });
  });

  test('has programs of its own: neither those of a built-in of its name, nor of another version', async () => {
    const [one, other] = [await METRICS.find(withParts(''), folder), await METRICS.find(withParts('// 2'), folder)];
    expect(one.name).toBe(other.name);
    expect(new Set([one, other, { name: 'mine' }].map(programName)).size).toBe(3);
  });

  test('may be an object of a class with private state', async () => {
    const name = withParts('open: async () => new (class { #n = 6; next() { return ++this.#n; } })(),');
    const made = await (await METRICS.find(name, folder)).open();
    expect([made.next(), made.next()]).toEqual([7, 8]);
  });
});

describe('a fault is the module’s, with its place', () => {
  test.each([
    ['no such file', () => './missing.mjs', 'MODULE_INVALID', 'no such file', undefined],
    ['no default export', () => write('export const a = 1;'), 'MODULE_INVALID', 'default export', undefined],
    ['no object', () => write('export default () => 3;'), 'MODULE_INVALID', 'returns no object', undefined],
    ['no kind', () => write('export default () => ({});'), 'MODULE_INVALID', 'not made by defineMetric', undefined],
    ['another kind', () => write('export default () => ({ kind: "attack" });'), 'MODULE_INVALID', 'attack', undefined],
    ['no name', () => withParts('name: 3'), 'MODULE_INVALID', 'name is not a text', undefined],
    ['a part that is none', () => withParts('distance: 3'), 'MODULE_INVALID', 'distance is not a function', 1],
    ['an import that fails', () => write('\nimport "./nowhere.mjs";'), 'MODULE_FAILED', 'nowhere', 2],
    ['a throw at import', () => write('\n\nthrow new Error("early");'), 'MODULE_FAILED', 'Error: early', 3],
    ['a throw in the factory', () => write('export default () =>\n  missing();'), 'MODULE_FAILED', 'missing', 2],
  ])('%s', async (_, module, code, reason, line) => {
    const name = module();
    await expect(METRICS.find(name, folder)).rejects.toEqual(faultIn(name, code, reason, line));
  });

  test('a function that throws, at once or later', async () => {
    const name = withParts('distance: (a) => a.b.c, open: async () => { throw new RangeError("late"); },');
    const metric = await METRICS.find(name, folder);
    expect(() => metric.distance(1, 2)).toThrow(faultIn(name, 'MODULE_FAILED', 'distance() of this metric', 4));
    await expect(metric.open()).rejects.toEqual(faultIn(name, 'MODULE_FAILED', 'RangeError: late', 4));
  });

  test('a function that returns something else', async () => {
    const name = withParts('distance: () => "near", open: async () => ({}),');
    const metric = await METRICS.find(name, folder);
    expect(() => metric.distance(1, 2)).toThrow(faultIn(name, 'MODULE_INVALID', 'distance() returns no number', 3));
    await expect(metric.open()).rejects.toEqual(faultIn(name, 'MODULE_INVALID', 'next is not a function'));
  });

  test('an object that a function made', async () => {
    const name = withParts('open: async () => ({ next() { throw new Error("deep"); } }),');
    const made = await (await METRICS.find(name, folder)).open();
    expect(() => made.next()).toThrow(faultIn(name, 'MODULE_FAILED', 'next() of this metric failed: Error: deep', 4));
  });

  test('a schema that throws', async () => {
    const name = withParts('params: z.strictObject({}).refine(() => { throw new Error("refined"); }),');
    const metric = await METRICS.find(name, folder);
    expect(() => metric.params.safeParse({})).toThrow(faultIn(name, 'MODULE_FAILED', 'refined', 4));
  });
});

test('an abort and an error that says what to do pass as they are; one that says how a part was called does not', async () => {
  const name = withParts('open: async ({ signal }) => signal.throwIfAborted(), distance: (a) => a(),');
  const metric = await METRICS.find(name, folder);
  await expect(metric.open({ signal: AbortSignal.abort('stopped') })).rejects.toBe('stopped');
  const coded = new LeakscopeError('STORE_RUN_MISSING', { path: 'x' });
  const throwing = (() => {
    throw coded;
  }) as unknown as number;
  expect(() => metric.distance(throwing, 0)).toThrow(coded);
  const misused = (() => {
    throw new LeakscopeError('TENSORS_MISSING', { tensor: 'fc.weight' });
  }) as unknown as number;
  expect(() => metric.distance(misused, 0)).toThrow(
    faultIn(name, 'MODULE_FAILED', 'TENSORS_MISSING: tensor "fc.weight"', 4),
  );
});
