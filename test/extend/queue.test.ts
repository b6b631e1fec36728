/** A kind of attack queue from outside the tree, through the store's front door: it holds its jobs in memory. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BlobDigest, WireDigest } from '@leakscope/shared/digests';
import { type AttackJob, defineQueue, type FinishedJob, jobKey, type Lease, openStore } from '@leakscope/store';
import { expect, test } from 'vitest';
import { z } from 'zod';

/** Without attempts and policies: whoever leases a job ends it. */
const memory = defineQueue({
  name: 'memory',
  summary: 'jobs of one process, gone when it ends',
  params: z.strictObject({ newestFirst: z.boolean().default(false) }),
  open({ newestFirst }) {
    const waiting: AttackJob[] = [];
    const leased = new Map<string, Lease>();
    const finished: FinishedJob[] = [];
    const end = (lease: Lease, state: FinishedJob['state'], error: FinishedJob['error']): boolean => {
      if (!leased.delete(lease.job.key)) return false;
      finished.push({ job: lease.job, state, attempts: lease.attempt, error });
      return true;
    };
    return {
      async add(jobs) {
        waiting.push(...jobs);
        return jobs.map(() => 'added' as const);
      },
      peek: async () => waiting.at(newestFirst ? -1 : 0),
      async lease(worker) {
        const job = newestFirst ? waiting.pop() : waiting.shift();
        if (job === undefined) return [];
        const lease = { job, worker, attempt: 1 };
        leased.set(job.key, lease);
        return [lease];
      },
      renew: async ({ job }) => leased.has(job.key),
      complete: async (lease) => end(lease, 'done', null),
      fail: async (lease, error) => (end(lease, 'failed', error) ? 'failed' : 'lost'),
      async release({ job }) {
        if (leased.delete(job.key)) waiting.unshift(job);
        return true;
      },
      counts: async () => ({
        waiting: waiting.length,
        leased: leased.size,
        done: finished.filter(({ state }) => state === 'done').length,
        failed: finished.filter(({ state }) => state === 'failed').length,
        dropped: 0,
      }),
      finished: async () => finished,
    };
  },
});

const jobOf = (clientId: string): AttackJob => ({
  ...{ key: jobKey({ round: 0, clientId, attackIndex: 0 }), round: 0, stageIndex: 0, stage: 'only', clientId },
  ...{
    attackIndex: 0,
    attack: 'ggl',
    arch: 'lenet',
    classes: 2,
    batchSize: 1,
    algorithm: 'fedsgd',
    batchNorm: 'frozen',
  },
  updateDigest: `sha256:${'1'.repeat(64)}` as BlobDigest,
  ownDigest: `sha256:${'2'.repeat(64)}` as WireDigest,
  weightsDigest: `sha256:${'3'.repeat(64)}` as BlobDigest,
});

test('it takes the place of the built-in one, with its parameters', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'leakscope-queue-'));
  const store = openStore(folder, 'server', { queue: { kind: memory, params: { newestFirst: true } } });
  try {
    await store.queue.add([jobOf('a'), jobOf('b')], ['a', 'b']);
    const [first] = await store.queue.lease('worker', 1000);
    expect(first?.job.clientId).toBe('b');
    expect(await store.queue.complete(first as Lease)).toBe(true);
    const [second] = await store.queue.lease('worker', 1000);
    expect(await store.queue.fail(second as Lease, { code: 'ATTACK_DIVERGED', message: 'none is left' })).toBe(
      'failed',
    );
    expect(await store.queue.counts()).toEqual({ waiting: 0, leased: 0, done: 1, failed: 1, dropped: 0 });
    expect((await store.queue.finished()).map(({ job }) => job.clientId)).toEqual(['b', 'a']);
  } finally {
    await store.close();
    rmSync(folder, { recursive: true });
  }
});
