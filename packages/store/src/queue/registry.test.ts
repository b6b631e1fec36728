import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { queueSchema } from '@leakscope/shared/config';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { openStore } from '../store.ts';
import { sampleJob } from './job.fixture.ts';
import { defineQueue } from './kind.ts';
import { admissionPolicy } from './registry.ts';
import { SqliteQueue } from './sqlite.ts';

test('every policy of the experiment file is there, with its parameters', () => {
  const cohort = ['a', 'b', 'c'];
  const admitted = (policy: 'keep-all' | 'sample' | 'newest') => {
    const { admits, mostWaiting } = admissionPolicy({ ...queueSchema.parse({}), policy, limit: 2 }, 1);
    return [cohort.filter((clientId) => admits({ round: 0, clientId }, cohort)).length, mostWaiting];
  };
  expect(['keep-all', 'sample', 'newest'].map((policy) => admitted(policy as 'sample'))).toEqual([
    [3, undefined],
    [2, undefined],
    [3, 2],
  ]);
});

test('a queue from outside takes the place of the built-in one', async () => {
  const added: string[] = [];
  const counted = defineQueue({
    name: 'counted',
    summary: 'tells what it is given',
    params: z.strictObject({}),
    open: (_params, { database }, options) => {
      const queue = new SqliteQueue(database, options);
      const add = queue.add.bind(queue);
      queue.add = (jobs, cohort) => {
        added.push(...jobs.map(({ key }) => key));
        return add(jobs, cohort);
      };
      return queue;
    },
  });
  const folder = mkdtempSync(join(tmpdir(), 'leakscope-queue-kind-'));
  const store = openStore(folder, 'server', { queue: { kind: counted } });
  await store.queue.add([sampleJob(3)], ['a']);
  expect(added).toEqual(['3/a/0']);
  expect(await store.queue.counts()).toMatchObject({ waiting: 1 });
  await store.close();
  rmSync(folder, { recursive: true });
});
