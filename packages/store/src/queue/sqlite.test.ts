import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from '../database.ts';
import { openStore } from '../store.ts';
import { sampleJob } from './job.fixture.ts';
import { attackQueueSuite } from './queue-suite.fixture.ts';
import { SqliteQueue } from './sqlite.ts';

attackQueueSuite('SQLite queue', async (options) => {
  const database = openDatabase(':memory:');
  return { queue: new SqliteQueue(database, options), close: async () => database.close() };
});

describe('several processes', () => {
  let run = '';
  beforeEach(() => {
    run = mkdtempSync(join(tmpdir(), 'leakscope-queue-'));
  });
  afterEach(() => rmSync(run, { recursive: true }));

  const worker = (name: string, leaseMs: number): ChildProcess =>
    spawn(
      process.execPath,
      [fileURLToPath(new URL('queue-worker.fixture.ts', import.meta.url)), run, name, String(leaseMs)],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );

  /** The lines that a child prints until it ends. */
  const linesOf = async (child: ChildProcess): Promise<string[]> => {
    let text = '';
    child.stdout?.on('data', (data: Buffer) => {
      text += data.toString();
    });
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
    return text.split('\n').filter(Boolean);
  };

  test('four workers share the jobs while the server adds more: each is done by exactly one', async () => {
    const store = openStore(run, 'server');
    const rounds = 80;
    for (let round = 0; round < 40; round++) await store.queue.add([sampleJob(round)], ['a']);
    const outputs = ['w1', 'w2', 'w3', 'w4'].map((name) => linesOf(worker(name, 30_000)));
    for (let round = 40; round < rounds; round++) await store.queue.add([sampleJob(round)], ['a']);
    const done = (await Promise.all(outputs)).flat();
    // Workers leave when they find nothing: whatever was added later is theirs no more.
    const rest = await linesOf(worker('last', 30_000));
    expect([...done, ...rest].sort()).toEqual(Array.from({ length: rounds }, (_, round) => `${round}/a/0`).sort());
    expect(await store.queue.counts()).toEqual({ waiting: 0, leased: 0, done: rounds, failed: 0, dropped: 0 });
    expect(store.reconstructions.list()).toHaveLength(rounds);
    await store.close();
  });

  test('the job of a worker that was killed is done by another', async () => {
    const store = openStore(run, 'server');
    await store.queue.add([sampleJob(0)], ['a']);
    const victim = worker('hangs', 400);
    await once(victim.stdout as NodeJS.ReadableStream, 'data');
    victim.kill('SIGKILL');
    await once(victim, 'exit');
    expect(await linesOf(worker('heir', 400))).toEqual(['0/a/0']);
    expect(await store.queue.finished()).toMatchObject([{ state: 'done', attempts: 2 }]);
    await store.close();
  });
});
