import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { toCsv } from './csv.ts';
import { stripTimes } from './leaks.ts';
import { sampleJob } from './queue/job.fixture.ts';
import { openStore, type Store } from './store.ts';

let run = '';
let store: Store;
beforeEach(() => {
  run = mkdtempSync(join(tmpdir(), 'leakscope-leaks-'));
  store = openStore(run, 'server');
});
afterEach(async () => {
  await store.close();
  rmSync(run, { recursive: true });
});

const record = (round: number, client: string, image: number, seconds: number) => ({
  round,
  client,
  image,
  metrics: { mse: round / 3 + image, psnr: null },
  labels: [1, 0],
  times: { seconds },
});

const log = () => readFileSync(store.directory.leakLog, 'utf8');

test('the log is in order whoever finished first, and equal runs give equal bytes but for times', async () => {
  const jobs = [sampleJob(10, 'a'), sampleJob(2, 'b'), sampleJob(2, 'a')];
  const write = async (order: typeof jobs, seconds: number) => {
    for (const job of order)
      store.leaks.add(job, [record(job.round, job.clientId, 0, seconds), record(job.round, job.clientId, 1, seconds)]);
    await store.leaks.writeLog();
    return log();
  };
  const first = await write(jobs, 1.5);
  const second = await write([...jobs].reverse(), 2.5);
  expect(second).not.toBe(first);
  expect(stripTimes(second)).toBe(stripTimes(first));
  expect(stripTimes(first)).not.toContain('seconds');
  expect(first.split('\n').slice(0, 2)).toEqual([
    '{"client":"a","image":0,"labels":[1,0],"metrics":{"mse":0.6666666666666666,"psnr":null},"round":2,"times":{"seconds":1.5}}',
    '{"client":"a","image":1,"labels":[1,0],"metrics":{"mse":1.6666666666666665,"psnr":null},"round":2,"times":{"seconds":1.5}}',
  ]);
  expect(store.leaks.list<{ round: number; client: string }>().map(({ round, client }) => `${round}${client}`)).toEqual(
    ['2a', '2a', '2b', '2b', '10a', '10a'],
  );
});

test('the log holds final records alone, and each job once', async () => {
  const job = sampleJob(1);
  expect(store.leaks.has(job.key)).toBe(false);
  store.leaks.add(job, [record(1, 'a', 0, 1), record(1, 'a', 1, 1)]);
  expect(store.leaks.has(job.key)).toBe(true);
  expect(existsSync(store.directory.leakLog)).toBe(false);
  store.leaks.add(job, [record(1, 'a', 0, 1)]);
  await store.leaks.writeLog();
  expect(log().trim().split('\n')).toHaveLength(1);
});

test('a number that is not finite is refused by name, and nothing of its job is kept', () => {
  const bad = { ...record(1, 'a', 1, 0), metrics: { mse: Number.NaN } };
  expect(() => store.leaks.add(sampleJob(1), [record(1, 'a', 0, 0), bad])).toThrow(
    expect.objectContaining({ code: 'STORE_RECORD_INVALID', message: expect.stringContaining('metrics.mse is NaN') }),
  );
  expect(store.leaks.has(sampleJob(1).key)).toBe(false);
});

describe('table', () => {
  test('has the records without times', async () => {
    store.leaks.add(sampleJob(3), [record(3, 'a', 0, 9)]);
    await store.leaks.writeLog();
    expect(readFileSync(store.directory.leakTable, 'utf8')).toBe(
      'client,image,labels,metrics.mse,metrics.psnr,round\r\na,0,"[1,0]",1,,3\r\n',
    );
  });

  test('quotes what needs it and leaves out what is not there', () => {
    expect(toCsv([{ a: 'x,"y"\n' }, { b: true }])).toBe('a,b\r\n"x,""y""\n",\r\n,true\r\n');
    expect(toCsv([])).toBe('');
  });
});
