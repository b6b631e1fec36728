import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wireDigest } from '@leakscope/shared/digests';
import { LeakscopeError } from '@leakscope/shared/errors';
import { type NamedTensors, tensor } from '@leakscope/shared/tensors';
import { Spool } from '@leakscope/store';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseAggregation } from './aggregation/registry.ts';
import { RoundAggregate } from './aggregation/round-aggregate.ts';
import type { Report } from './report.ts';
import { RoundCollection } from './round-collection.ts';

const values: Record<string, number> = { a: 0.1, b: 1e8, c: -1e8, d: 3 };
const clients = ['a', 'b', 'c', 'd'];
const updateOf = (clientId: string): NamedTensors =>
  new Map([['w', tensor([1], Float32Array.of(values[clientId] ?? 0))]]);
const report = (clientId: string): Report => ({
  clientId,
  round: 0,
  digest: wireDigest(Buffer.from(clientId)),
  bytes: 4,
  encoding: 'fp32',
  tensors: 1,
  examples: 1,
  localSteps: 1,
  loss: 0,
  accuracy: 0,
  labels: [],
});

let folder = '';
let spool: Spool;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leakscope-collection-'));
  spool = new Spool(folder);
});
afterEach(async () => {
  await spool.close();
  rmSync(folder, { recursive: true });
});

interface Opened {
  round: RoundCollection;
  /** Clients in the order in which their updates were handed over. */
  kept: string[];
  take(clientId: string): Promise<boolean>;
}

async function open(of: readonly string[] = clients, rule = 'weighted-mean'): Promise<Opened> {
  const kept: string[] = [];
  const aggregate = new RoundAggregate({
    aggregation: await parseAggregation(rule),
    clients: of,
    keep: (clientId, update) => spool.keepValues({ round: 0, clientId }, update),
  });
  const interception = {
    keep: async (clientId: string) => {
      kept.push(clientId);
    },
  };
  const round = new RoundCollection({ clients: of, aggregate, interception });
  return { round, kept, take: (clientId) => round.take(report(clientId), async () => updateOf(clientId)) };
}

const aggregateOf = async (round: RoundCollection) => (await round.aggregate()).get('w')?.data[0];

test.each(['weighted-mean', 'median', 'trimmed-mean:fraction=0.25', 'norm-bound:bound=10'])(
  'the aggregate of %s does not depend on the order of arrival',
  async (rule) => {
    const results = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(clients, { minLength: 4 }), async (arrival) => {
        const { round, take } = await open(clients, rule);
        await Promise.all(arrival.map(take));
        const { reports } = await round.close(1_000);
        results.add(String(await aggregateOf(round)));
        expect(reports.map(({ clientId }) => clientId)).toEqual(clients);
      }),
      { numRuns: 24 },
    );
    expect(results.size).toBe(1);
  },
);

test('an update is decoded once, where it arrives, one at a time, and handed to the interception and the aggregate', async () => {
  const { round, kept } = await open();
  let decoding = 0;
  let most = 0;
  const decoded: string[] = [];
  const take = (clientId: string) =>
    round.take(report(clientId), async () => {
      most = Math.max(most, ++decoding);
      decoded.push(clientId);
      await new Promise((resolve) => setTimeout(resolve, 2));
      decoding--;
      return updateOf(clientId);
    });
  await Promise.all(['d', 'b', 'a', 'c'].map(take));
  await round.close(1_000);
  expect(await aggregateOf(round)).toBeCloseTo(3.1 / 4, 6);
  expect(decoded).toEqual(['d', 'b', 'a', 'c']);
  expect(kept).toEqual(decoded);
  expect(most).toBe(1);
});

test('at the deadline it goes on without those that are missing', async () => {
  const { round, take } = await open();
  await take('d');
  await round.reject('b', 'TENSORS_SHAPE_MISMATCH');
  const outcome = await round.close(20);
  expect(outcome.missing).toEqual(['a', 'c']);
  expect(outcome.rejected).toEqual([{ clientId: 'b', code: 'TENSORS_SHAPE_MISMATCH' }]);
  expect(await aggregateOf(round)).toBe(3);
});

test('what is whole by the deadline is taken', async () => {
  const { round } = await open(['a', 'b']);
  const slow = round.take(report('a'), async () => {
    await new Promise((resolve) => setTimeout(resolve, 30));
    return updateOf('a');
  });
  const { reports, missing } = await round.close(5);
  expect(await slow).toBe(true);
  expect([reports.map(({ clientId }) => clientId), missing]).toEqual([['a'], ['b']]);
});

test('takes neither strangers nor a second update nor a late one', async () => {
  const { round, take, kept } = await open(['a', 'b']);
  expect(await take('x')).toBe(false);
  // Two connections of one client: one of them hands the update over, and both hear that it is taken.
  expect(await Promise.all([take('a'), take('a')])).toEqual([true, true]);
  expect(kept).toEqual(['a']);
  expect(await round.take({ ...report('a'), digest: report('b').digest }, async () => updateOf('b'))).toBe(false);
  await round.close(5);
  expect(await aggregateOf(round)).toBeCloseTo(0.1, 6);
  expect(await take('b')).toBe(false);
});

test('does not wait once the signal has aborted, before or meanwhile', async () => {
  const { missing } = await (await open()).round.close(60_000, AbortSignal.abort());
  expect(missing).toEqual(clients);
  const controller = new AbortController();
  const closed = (await open()).round.close(60_000, controller.signal);
  controller.abort();
  expect((await closed).reports).toEqual([]);
});

test('an update that cannot be decoded is its connection’s affair: the client may send it again', async () => {
  const { round, take } = await open(['a']);
  const broken = new LeakscopeError('TENSORS_NOT_FINITE', { tensor: 'w', index: 0, value: Number.NaN });
  await expect(round.take(report('a'), () => Promise.reject(broken))).rejects.toBe(broken);
  expect(round.awaits('a')).toBe(true);
  expect(await take('a')).toBe(true);
});

test('an update that cannot be handed over ends the round with that error', async () => {
  const aggregate = new RoundAggregate({
    aggregation: await parseAggregation('median'),
    clients: ['a', 'b'],
    keep: () => Promise.reject(new Error('disk full')),
  });
  const round = new RoundCollection({ clients: ['a', 'b'], aggregate });
  await expect(round.take(report('b'), async () => updateOf('b'))).rejects.toThrow('disk full');
  await expect(round.close(60_000)).rejects.toThrow('disk full');
});
