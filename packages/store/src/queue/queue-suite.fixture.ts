/** What any attack queue must pass: SQLite here, and whatever is written for several machines. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AttackQueue, type Lease, type QueueOptions, workerLost } from './attack-queue.ts';
import { sampleJob } from './job.fixture.ts';
import { newest } from './policies/newest.ts';
import { sample } from './policies/sample.ts';

interface OpenedQueue {
  queue: AttackQueue;
  close(): Promise<void>;
}

/** `open` gives an empty queue whose clock is `options.now`. */
export function attackQueueSuite(name: string, open: (options: QueueOptions) => Promise<OpenedQueue>): void {
  describe(name, () => {
    let time = 0;
    const opened: OpenedQueue[] = [];
    const openWith = async (options: QueueOptions = {}) => {
      const one = await open({ now: () => time, ...options });
      opened.push(one);
      return one.queue;
    };
    const cohort = ['a', 'b', 'c', 'd', 'e'];
    const taken = async (queue: AttackQueue, worker = 'w') => (await queue.lease(worker, 1000))[0] as Lease;
    const error = { code: 'ATTACK_DIVERGED', message: 'loss is NaN' };

    beforeEach(() => {
      time = 1_000_000;
    });
    afterEach(async () => {
      for (const one of opened.splice(0)) await one.close();
    });

    test('hands out jobs in the order of arrival, each once, whole', async () => {
      const queue = await openWith();
      const local = { steps: 2, learningRate: 0.1, momentum: 0, weightDecay: 0, proximal: 0 };
      const second = { ...sampleJob(1, 'b'), labels: [1], local };
      await queue.add([sampleJob(5)], cohort);
      await queue.add([second], cohort);
      expect(await taken(queue)).toEqual({ job: sampleJob(5), worker: 'w', attempt: 1 });
      expect((await taken(queue)).job).toEqual(second);
      expect(await queue.lease('w', 1000)).toEqual([]);
      expect(await queue.counts()).toEqual({ waiting: 0, leased: 2, done: 0, failed: 0, dropped: 0 });
    });

    test('tells the job that is next, without taking it', async () => {
      const queue = await openWith();
      expect(await queue.peek()).toBeUndefined();
      await queue.add([sampleJob(0), sampleJob(1)], cohort);
      expect(await queue.peek()).toEqual(sampleJob(0));
      await taken(queue);
      expect(await queue.peek()).toEqual(sampleJob(1));
      time += 1000;
      expect(await queue.peek()).toEqual(sampleJob(0));
    });

    describe('jobs of one group', () => {
      const leased = async (queue: AttackQueue, most: number, worker = 'w') =>
        (await queue.lease(worker, 1000, () => most)).map(({ job }) => job.key);
      /** Two attacks on each of five updates of a round, and a job of the next. */
      const round = [
        ...cohort.flatMap((client) => [sampleJob(0, client, 0), sampleJob(0, client, 1)]),
        sampleJob(1, 'a', 0),
      ];

      test('are those of one attack on one round, in groups of their own', async () => {
        const queue = await openWith();
        await queue.add(round, cohort);
        expect(await leased(queue, 3)).toEqual(['0/a/0', '0/b/0', '0/c/0']);
        expect(await leased(queue, 3)).toEqual(['0/a/1', '0/b/1', '0/c/1']);
        expect(await leased(queue, 3)).toEqual(['0/d/0', '0/e/0']);
        expect(await leased(queue, 3)).toEqual(['0/d/1', '0/e/1']);
        expect(await leased(queue, 3)).toEqual(['1/a/0']);
        expect(await leased(queue, 3)).toEqual([]);
      });

      test('fall into the same groups whoever took and finished some of them before', async () => {
        const queue = await openWith();
        await queue.add(round, cohort);
        await queue.complete(await taken(queue, 'other'));
        expect(await leased(queue, 3)).toEqual(['0/a/1', '0/b/1', '0/c/1']);
        expect(await leased(queue, 3)).toEqual(['0/b/0', '0/c/0']);
        expect(await leased(queue, 2)).toEqual(['0/d/0']);
      });

      test('come back together when their worker goes silent', async () => {
        const queue = await openWith();
        await queue.add(round, cohort);
        const lost = await leased(queue, 3);
        time += 1000;
        expect(await leased(queue, 3, 'heir')).toEqual(lost);
      });

      test('are not dropped ones, and none where the answer is none', async () => {
        const queue = await openWith({ policy: sample.admission({ limit: 2, seed: 7 }) });
        await queue.add(round, cohort);
        expect(await leased(queue, 0)).toEqual([]);
        expect(await queue.counts()).toMatchObject({ leased: 0 });
        expect(await leased(queue, 5)).toHaveLength(2);
      });

      test('the job that is next decides how many', async () => {
        const queue = await openWith();
        await queue.add(round, cohort);
        const asked: string[] = [];
        await queue.lease('w', 1000, (job) => {
          asked.push(job.key);
          return 2;
        });
        expect(asked).toEqual(['0/a/0']);
      });
    });

    test('adding is idempotent, also after the job is done', async () => {
      const queue = await openWith();
      expect(await queue.add([sampleJob(0)], cohort)).toEqual(['added']);
      expect(await queue.add([sampleJob(0)], cohort)).toEqual(['duplicate']);
      await queue.complete(await taken(queue));
      expect(await queue.add([sampleJob(0)], cohort)).toEqual(['duplicate']);
      expect(await queue.counts()).toEqual({ waiting: 0, leased: 0, done: 1, failed: 0, dropped: 0 });
    });

    test('a lease that runs out goes to another worker, and the first one can do nothing with it', async () => {
      const queue = await openWith();
      await queue.add([sampleJob(0)], cohort);
      const slow = await taken(queue, 'slow');
      time += 999;
      expect(await queue.lease('other', 1000)).toEqual([]);
      time += 1;
      const other = await taken(queue, 'other');
      expect(other).toMatchObject({ job: { key: slow.job.key }, attempt: 2 });
      expect(await queue.renew(slow, 1000)).toBe(false);
      expect(await queue.complete(slow)).toBe(false);
      expect(await queue.fail(slow, error)).toBe('lost');
      expect(await queue.release(slow)).toBe(false);
      expect(await queue.complete(other)).toBe(true);
      expect(await queue.complete(other)).toBe(false);
    });

    test('the same worker with a newer attempt is another holder', async () => {
      const queue = await openWith();
      await queue.add([sampleJob(0)], cohort);
      const first = await taken(queue);
      time += 1000;
      const second = await taken(queue);
      expect(await queue.complete(first)).toBe(false);
      expect(await queue.complete(second)).toBe(true);
    });

    test('renewing keeps a lease', async () => {
      const queue = await openWith();
      await queue.add([sampleJob(0)], cohort);
      const lease = await taken(queue);
      for (let i = 0; i < 3; i++) {
        time += 900;
        expect(await queue.renew(lease, 1000)).toBe(true);
      }
      expect(await queue.lease('other', 1000)).toEqual([]);
      expect(await queue.complete(lease)).toBe(true);
    });

    test('a failed job is tried again, and given up and counted after its last attempt', async () => {
      const queue = await openWith({ attempts: 2 });
      await queue.add([sampleJob(0)], cohort);
      expect(await queue.fail(await taken(queue), error)).toBe('retry');
      expect(await queue.fail(await taken(queue), error)).toBe('failed');
      expect(await queue.lease('w', 1000)).toEqual([]);
      expect(await queue.counts()).toMatchObject({ waiting: 0, failed: 1 });
      expect(await queue.finished()).toEqual([{ job: sampleJob(0), state: 'failed', attempts: 2, error }]);
    });

    test('workers that go silent use up the attempts too', async () => {
      const queue = await openWith({ attempts: 2 });
      await queue.add([sampleJob(0)], cohort);
      await taken(queue);
      time += 1000;
      await taken(queue);
      time += 1000;
      expect(await queue.lease('w', 1000)).toEqual([]);
      expect(await queue.finished()).toMatchObject([{ state: 'failed', attempts: 2, error: workerLost('0/a/0') }]);
    });

    test('a job that succeeds after a failure carries no error', async () => {
      const queue = await openWith();
      await queue.add([sampleJob(0)], cohort);
      await queue.fail(await taken(queue), error);
      await queue.complete(await taken(queue));
      expect(await queue.finished()).toEqual([{ job: sampleJob(0), state: 'done', attempts: 2, error: null }]);
    });

    test('releasing gives a job back without using up an attempt', async () => {
      const queue = await openWith({ attempts: 1 });
      await queue.add([sampleJob(0)], cohort);
      expect(await queue.release(await taken(queue))).toBe(true);
      expect(await taken(queue)).toMatchObject({ attempt: 1 });
    });

    test('finished jobs come by round, client and attack, whoever was first', async () => {
      const queue = await openWith();
      for (const job of [sampleJob(10, 'a'), sampleJob(2, 'b'), sampleJob(2, 'a', 1), sampleJob(2, 'a')])
        await queue.add([job], cohort);
      for (let i = 0; i < 4; i++) await queue.complete(await taken(queue));
      expect((await queue.finished()).map(({ job }) => job.key)).toEqual(['2/a/0', '2/a/1', '2/b/0', '10/a/0']);
    });

    describe('policies', () => {
      test('sample keeps the same clients of a round in whatever order they report', async () => {
        const keptOf = async (order: readonly string[], seed: number) => {
          const queue = await openWith({ policy: sample.admission({ limit: 2, seed }) });
          const kept: string[] = [];
          for (const client of order) {
            if ((await queue.add([sampleJob(3, client)], order))[0] === 'added') kept.push(client);
          }
          expect(await queue.counts()).toMatchObject({ waiting: 2, dropped: 3 });
          return kept.sort().join('');
        };
        const kept = await keptOf(cohort, 7);
        expect(await keptOf([...cohort].reverse(), 7)).toBe(kept);
        const draws = new Set<string>();
        for (let seed = 0; seed < 12; seed++) draws.add(await keptOf(cohort, seed));
        expect(draws.size).toBeGreaterThan(3);
      });

      test('sample keeps or drops all attacks on an update together', async () => {
        const queue = await openWith({ policy: sample.admission({ limit: 2, seed: 7 }) });
        for (const client of cohort) {
          const [first, second] = await queue.add([sampleJob(3, client, 0), sampleJob(3, client, 1)], cohort);
          expect(second).toBe(first);
        }
      });

      test('newest lets the oldest waiting jobs go, never one in work', async () => {
        const queue = await openWith({ policy: newest.admission({ limit: 2 }) });
        await queue.add([sampleJob(0)], cohort);
        const held = await taken(queue);
        for (let round = 1; round <= 4; round++) await queue.add([sampleJob(round)], cohort);
        expect(await queue.counts()).toEqual({ waiting: 2, leased: 1, done: 0, failed: 0, dropped: 2 });
        expect([(await taken(queue)).job.round, (await taken(queue)).job.round]).toEqual([3, 4]);
        expect(await queue.complete(held)).toBe(true);
        expect(await queue.add([sampleJob(1)], cohort)).toEqual(['duplicate']);
      });
    });
  });
}
