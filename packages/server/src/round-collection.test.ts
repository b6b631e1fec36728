import { wireDigest } from '@leakscope/shared/digests';
import { type NamedTensors, tensor } from '@leakscope/shared/tensors';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Report, RoundCollection } from './round-collection.ts';

const values: Record<string, number> = { a: 0.1, b: 1e8, c: -1e8, d: 3 };
const load = async ({ clientId }: { clientId: string }): Promise<NamedTensors> =>
  new Map([['w', tensor([1], new Float32Array([values[clientId] ?? 0]))]]);
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
const clients = ['a', 'b', 'c', 'd'];

test('the sum does not depend on the order of arrival', async () => {
  const means = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(clients, { minLength: 4 }), async (arrival) => {
      const round = new RoundCollection({ clients, load });
      for (const id of arrival) round.accept(report(id));
      const { mean, reports } = await round.close(1_000);
      means.add(String(mean.get('w')?.data[0]));
      expect(reports.map(({ clientId }) => clientId)).toEqual(clients);
    }),
    { numRuns: 24 },
  );
  expect(means.size).toBe(1);
});

test('folds before the round is over, as far as the order allows', async () => {
  const loaded: string[] = [];
  const round = new RoundCollection({
    clients,
    load: async (r) => {
      loaded.push(r.clientId);
      return load(r);
    },
  });
  round.accept(report('a'));
  round.accept(report('c'));
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(loaded).toEqual(['a']);
  round.reject('b', 'TENSORS_NOT_FINITE');
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(loaded).toEqual(['a', 'c']);
});

test('at the deadline it goes on without those that are missing', async () => {
  const round = new RoundCollection({ clients, load });
  round.accept(report('d'));
  round.reject('b', 'TENSORS_SHAPE_MISMATCH');
  const outcome = await round.close(20);
  expect(outcome.missing).toEqual(['a', 'c']);
  expect(outcome.rejected).toEqual([{ clientId: 'b', code: 'TENSORS_SHAPE_MISMATCH' }]);
  expect(outcome.mean.get('w')?.data[0]).toBe(3);
});

test('takes neither strangers nor a second update nor a late one', async () => {
  const round = new RoundCollection({ clients: ['a'], load });
  expect(round.accept(report('b'))).toBe(false);
  expect(round.accept(report('a'))).toBe(true);
  expect(round.accept(report('a'))).toBe(false);
  const { mean } = await round.close(1_000);
  expect(mean.get('w')?.data[0]).toBeCloseTo(0.1, 6);
  expect(round.accept(report('a'))).toBe(false);
});

test('does not wait once the signal has aborted, before or meanwhile', async () => {
  const { missing } = await new RoundCollection({ clients, load }).close(60_000, AbortSignal.abort());
  expect(missing).toEqual(clients);
  const controller = new AbortController();
  const closed = new RoundCollection({ clients, load }).close(60_000, controller.signal);
  controller.abort();
  expect((await closed).reports).toEqual([]);
});

test('an update that cannot be read back ends the round with that error', async () => {
  const round = new RoundCollection({
    clients: ['a'],
    load: async () => {
      throw new Error('disk gone');
    },
  });
  round.accept(report('a'));
  await expect(round.close(1_000)).rejects.toThrow('disk gone');
});
