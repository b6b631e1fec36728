/** What the rules promise, by properties; `round-collection.test.ts` has the order of arrival. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type NamedTensors, tensor } from '@leakscope/shared/tensors';
import { Spool } from '@leakscope/store';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { AGGREGATION_RULES, parseAggregation } from './registry.ts';
import { RoundAggregate } from './round-aggregate.ts';

const folder = mkdtempSync(join(tmpdir(), 'leakscope-rules-'));
const spool = new Spool(folder);
afterAll(async () => {
  await spool.close();
  rmSync(folder, { recursive: true });
});

const named = (values: readonly number[]): NamedTensors =>
  new Map([
    ['w', tensor([values.length - 1], Float32Array.from(values.slice(1)))],
    ['b', tensor([1], Float32Array.from(values.slice(0, 1)))],
  ]);

/** The aggregate of updates with these values, in the order of the clients. */
async function aggregated(
  rule: string,
  updates: readonly (readonly number[])[],
  weights?: number[],
): Promise<number[]> {
  const clients = updates.map((_, i) => `client-${i}`);
  const aggregate = new RoundAggregate({
    aggregation: await parseAggregation(rule, { base: folder }),
    clients,
    keep: (clientId, update) => spool.keepValues({ round: 0, clientId }, update),
  });
  for (const [i, id] of clients.entries()) await aggregate.take(id, named(updates[i] as number[]), weights?.[i] ?? 1);
  const result = await aggregate.result();
  return [...(result.get('b')?.data ?? []), ...(result.get('w')?.data ?? [])];
}

const value = fc.double({ min: -100, max: 100, noNaN: true }).map(Math.fround);
const updates = fc
  .integer({ min: 2, max: 5 })
  .chain((entries) =>
    fc.array(fc.array(value, { minLength: entries, maxLength: entries }), { minLength: 1, maxLength: 9 }),
  );
const column = (of: readonly (readonly number[])[], entry: number) => of.map((update) => update[entry] as number);
const each = async (property: (of: number[][]) => Promise<void>) =>
  fc.assert(fc.asyncProperty(updates, property), { numRuns: 30 });

describe.each(AGGREGATION_RULES.names.map((name) => (name === 'norm-bound' ? `${name}:bound=1000` : name)))(
  '%s',
  (rule) => {
    test('of equal updates is that update', () =>
      each(async ([first = []]) => {
        for (const [entry, got] of (await aggregated(rule, [first, first, first])).entries())
          expect(got).toBeCloseTo(first[entry] as number, 4);
      }));

    test('lies between the smallest and the largest of each entry', () =>
      each(async (of) => {
        for (const [entry, got] of (await aggregated(rule, of)).entries()) {
          const all = column(of, entry);
          expect(got).toBeGreaterThanOrEqual(Math.min(...all) - 1e-4);
          expect(got).toBeLessThanOrEqual(Math.max(...all) + 1e-4);
        }
      }));
  },
);

test('a hostile update moves the median at most to its neighbours', () =>
  each(async (of) => {
    const honest = [...of, of[0] as number[], of[0] as number[]];
    const hostile = (of[0] as number[]).map((_, i) => (i % 2 === 0 ? 1e30 : -1e30));
    const after = await aggregated('median', [...honest, hostile]);
    for (const [entry, got] of after.entries()) {
      const sorted = column(honest, entry).sort((a, b) => a - b);
      expect(got).toBeGreaterThanOrEqual(sorted[Math.floor(sorted.length / 2) - 1] as number);
      expect(got).toBeLessThanOrEqual(sorted[Math.ceil(sorted.length / 2)] as number);
    }
  }));

test('the median is the middle, and the mean of two middles', async () => {
  expect(
    await aggregated('median', [
      [3, 1],
      [-1, 2],
      [100, 2.5],
    ]),
  ).toEqual([3, 2]);
  expect(
    await aggregated('median', [
      [3, 1],
      [-1, 2],
    ]),
  ).toEqual([1, 1.5]);
});

test('a trimmed mean of fraction 0 is the unweighted mean', () =>
  each(async (of) => {
    for (const [entry, got] of (await aggregated('trimmed-mean:fraction=0', of)).entries()) {
      const all = column(of, entry);
      expect(got).toBeCloseTo(all.reduce((a, b) => a + b, 0) / all.length, 4);
    }
  }));

test('a trimmed mean leaves out as many hostile updates as its fraction says', async () => {
  const honest = [
    [1, 10],
    [2, 20],
    [3, 30],
  ];
  expect(await aggregated('trimmed-mean:fraction=0.2', [...honest, [1e30, -1e30], [-1e30, 1e30]])).toEqual([2, 20]);
});

test('clients count alike for entries, by their examples for means', async () => {
  expect(
    await aggregated(
      'trimmed-mean:fraction=0',
      [
        [0, 0],
        [4, 8],
      ],
      [1, 3],
    ),
  ).toEqual([2, 4]);
  expect(
    await aggregated(
      'weighted-mean',
      [
        [0, 0],
        [4, 8],
      ],
      [1, 3],
    ),
  ).toEqual([3, 6]);
});

test('norm bounding scales an update down to its bound, over all tensors, and leaves a shorter one', async () => {
  expect(
    await aggregated('norm-bound:bound=1', [
      [0.3, 0.4],
      [1e30, 0],
    ]),
  ).toEqual([0.65, 0.2].map(Math.fround));
});

test('an update larger than a slice is combined whole', async () => {
  const size = 1_400_001;
  const many = [0, 1, 2].map((k) => Array.from({ length: size }, (_, i) => ((i * 7 + k * 5) % 11) - 5));
  const got = await aggregated('median', many);
  const sample = [0, 1, 1_398_100, 1_398_101, 1_398_102, size - 1];
  for (const i of sample) expect(got[i]).toBe(column(many, i).sort((a, b) => a - b)[1]);
  expect(got).toHaveLength(size);
});

test('an unknown rule and a wrong parameter are named', async () => {
  await expect(parseAggregation('medain')).rejects.toMatchObject({
    code: 'SERVER_AGGREGATION_UNKNOWN',
    details: { value: 'medain', suggestion: 'median' },
  });
  await expect(parseAggregation('trimmed-mean:fraction=0.5')).rejects.toMatchObject({
    code: 'SERVER_PARAMETER_INVALID',
    details: { owner: 'trimmed-mean', field: 'fraction', value: 0.5 },
  });
});

describe('a user’s own rule', () => {
  const module = (name: string, code: string) => {
    writeFileSync(join(folder, name), `export default ({ defineAggregation, z }) => defineAggregation(${code});`);
    return `./${name}`;
  };

  test('is found by its path and run', async () => {
    const largest = module(
      'largest.ts',
      `{ name: 'largest', summary: 'the largest', params: z.strictObject({ scale: z.number().default(1) }), sees: 'entries',
         combine: (values, { scale }) => scale * Math.max(...values) }`,
    );
    expect(
      await aggregated(`${largest}:scale=2`, [
        [1, 5],
        [3, 4],
      ]),
    ).toEqual([6, 10]);
  });

  test('answers for what it returns', async () => {
    const broken = module(
      'broken.ts',
      `{ name: 'broken', summary: '', params: z.strictObject({}), sees: 'entries', combine: () => NaN }`,
    );
    await expect(aggregated(broken, [[1, 5]])).rejects.toMatchObject({ code: 'MODULE_INVALID' });
  });
});
