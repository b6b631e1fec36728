import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { seeded } from '@leakscope/shared/random';
import { digestBytes } from '@leakscope/shared/tensors';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Database } from './sqlite.ts';
import { openStore, type Store } from './store.ts';

let run = '';
beforeEach(() => {
  run = mkdtempSync(join(tmpdir(), 'leakscope-faults-'));
});
afterEach(() => rmSync(run, { recursive: true }));

const KILLS = 8;

/** Everything that is there is whole. */
async function checkWhole(store: Store): Promise<void> {
  const database = new Database(store.directory.database);
  expect({ ...database.prepare('PRAGMA integrity_check').get() }).toEqual({ integrity_check: 'ok' });
  database.close();
  for (const name of readdirSync(store.directory.blobs)) {
    expect(name, 'a half-written file under a blob name').toMatch(/^[0-9a-f]{64}\.safetensors$/);
    expect(digestBytes(readFileSync(join(store.directory.blobs, name)))).toBe(`sha256:${name.slice(0, 64)}`);
  }
  for (const { digest, details, jobKey } of store.reconstructions.list()) {
    const bytes = await store.blobs.get(digest, 'safetensors');
    expect(jobKey).toBe(`${details.steps}/a/0`);
    expect(bytes.length).toBe(300_000);
  }
  // Both records of a job or neither.
  const rounds = store.leaks.list<{ round: number }>().map(({ round }) => round);
  for (const round of new Set(rounds)) expect(rounds.filter((r) => r === round)).toHaveLength(2);
  for (const { job } of await store.queue.finished()) expect(store.reconstructions.get(job.key)).toBeDefined();
}

test(`a process killed ${KILLS} times in the middle of its writes leaves a run that can be read and gone on with`, async () => {
  const random = seeded(1, 'kills');
  let checkpoint = -1;
  let closed = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const child = spawn(process.execPath, [fileURLToPath(new URL('crash.fixture.ts', import.meta.url)), run], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    // Let it get through a round or two, and strike somewhere in the next.
    for (let line = 0; line < 2; line++) await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
    await sleep(random.int(100));
    child.kill('SIGKILL');
    const [code, signal] = await once(child, 'exit');
    expect([code, signal]).toEqual([null, 'SIGKILL']);

    const store = openStore(run, 'server');
    await store.removeLeftovers();
    await checkWhole(store);
    const damaged: string[] = [];
    const latest = await store.checkpoints.latest((path) => damaged.push(path));
    expect(damaged).toEqual([]);
    const rounds = store.rounds.list();
    const done = rounds.filter(({ state }) => state === 'closed');
    if (latest !== undefined) {
      expect(latest.state).toEqual({ round: latest.number });
      expect(new Set(latest.parts.get('weights'))).toEqual(new Set([latest.number % 251]));
    }
    // Nothing that was there before is lost: a closed round has its checkpoint.
    expect(latest?.number ?? -1).toBeGreaterThanOrEqual(Math.max(checkpoint, (done.at(-1)?.round ?? 0) - 1));
    expect(done.length).toBeGreaterThanOrEqual(closed);
    checkpoint = latest?.number ?? -1;
    closed = done.length;
    await store.close();
  }
  expect(closed, 'the child got somewhere').toBeGreaterThan(KILLS / 2);

  const store = openStore(run, 'server');
  await store.leaks.writeLog();
  const lines = readFileSync(store.directory.leakLog, 'utf8').trim().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual(store.leaks.list());
  await store.close();
});
