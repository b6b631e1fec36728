import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase, run } from '../database.ts';
import { openStore } from '../store.ts';
import { parseJob } from './attack-job.ts';
import { sampleJob } from './job.fixture.ts';

const whole = {
  ...sampleJob(2, 'b'),
  resolution: 32,
  algorithm: 'fedprox' as const,
  local: { steps: 3, learningRate: 0.1, momentum: 0.9, weightDecay: 0.01, proximal: 0.5 },
  oracleDefense: [{ name: './mine.ts', params: { list: [1, 2], text: 'a+b,c=1' } }],
  labels: [0, 1],
};

test('a job comes back as it was written, its defence a value and not a text', () => {
  for (const job of [sampleJob(0), whole]) expect(parseJob(JSON.stringify(job))).toEqual(job);
});

test.each([
  ['updateDigest', { ...whole, updateDigest: 'sha256:12' }],
  ['algorithm', { ...whole, algorithm: 'sgd' }],
  ['local.weightDecay', { ...whole, local: { steps: 1, learningRate: 0.1, momentum: 0, proximal: 0 } }],
  ['oracleDefense', { ...whole, oracleDefense: 'clip:bound=1' }],
  ['image', { ...whole, image: [0.5] }],
])('a job with a wrong %s is refused by its key and field', (field, job) => {
  expect(() => parseJob(JSON.stringify(job))).toThrow(
    expect.objectContaining({ code: 'STORE_JOB_INVALID', details: expect.objectContaining({ key: '2/b/0', field }) }),
  );
});

test('a worker is given no job that another version wrote', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'leakscope-job-'));
  const store = openStore(folder, 'server');
  await store.queue.add([sampleJob(0)], ['a']);
  const database = openDatabase(store.directory.database);
  run(database.prepare("UPDATE jobs SET job = json_remove(job, '$.batchSize')"));
  database.close();
  await expect(store.queue.lease('w', 1000)).rejects.toMatchObject({ code: 'STORE_JOB_INVALID' });
  expect(await store.queue.counts()).toMatchObject({ waiting: 1, leased: 0 });
  await store.close();
  rmSync(folder, { recursive: true });
});
