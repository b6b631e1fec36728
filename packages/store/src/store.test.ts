import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BlobDigest, wireDigest } from '@leakscope/shared/digests';
import type { ReconstructionDetails } from '@leakscope/shared/reconstruction';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase, run, transaction } from './database.ts';
import { sampleDetails } from './reconstruction.fixture.ts';
import { Database } from './sqlite.ts';
import { openStore, type Store } from './store.ts';

let folder = '';
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leakscope-store-'));
  store = openStore(folder, 'server');
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const digest = (k: number) => wireDigest(Uint8Array.of(k));
const coded = (code: string) => expect.objectContaining({ code });

describe('opening', () => {
  test('only a server makes a run', () => {
    const empty = join(folder, 'elsewhere');
    for (const role of ['attacker', 'evaluator', 'reader'] as const) {
      expect(() => openStore(empty, role)).toThrow(coded('STORE_RUN_MISSING'));
    }
  });

  test('a file that is no database is named', async () => {
    await store.close();
    writeFileSync(store.directory.database, 'x'.repeat(4096));
    expect(() => openStore(folder, 'server')).toThrow(coded('STORE_DATABASE_INVALID'));
  });

  test('a database of a newer version is left alone', () => {
    const raw = new Database(store.directory.database);
    raw.exec('PRAGMA user_version = 99');
    raw.close();
    expect(() => openStore(folder, 'server')).toThrow(
      expect.objectContaining({ code: 'STORE_DATABASE_NEWER', message: expect.stringContaining('version 99') }),
    );
  });

  test('prints no warning about SQLite', () => {
    const script = `const { openStore } = await import(${JSON.stringify(new URL('store.ts', import.meta.url).href)});
      await openStore(process.argv[1], 'server').close();
      process.emitWarning('others are still heard');`;
    const { stderr, status } = spawnSync(
      process.execPath,
      ['--input-type=module', '-e', script, join(folder, 'child')],
      {
        cwd: fileURLToPath(new URL('.', import.meta.url)),
        encoding: 'utf8',
      },
    );
    expect(status).toBe(0);
    expect(stderr).not.toMatch(/SQLite|Experimental/);
    expect(stderr).toContain('others are still heard');
  });
});

test('a database that another process holds for too long gives a coded error, and goes on when it is free', async () => {
  const holder = new Database(store.directory.database);
  holder.exec('BEGIN IMMEDIATE');
  const database = openDatabase(store.directory.database, { busyMs: 50 });
  const statement = database.prepare("UPDATE runs SET name = 'x'");
  expect(() => run(statement)).toThrow(
    expect.objectContaining({ code: 'STORE_DATABASE_FAILED', message: expect.stringContaining('locked') }),
  );
  expect(() => transaction(database, () => 1)).toThrow(coded('STORE_DATABASE_FAILED'));
  holder.exec('ROLLBACK');
  holder.close();
  expect(transaction(database, () => 1)).toBe(1);
  expect(() =>
    transaction(database, () => {
      throw new Error('half way');
    }),
  ).toThrow('half way');
  expect(database.isTransaction).toBe(false);
  database.close();
});

describe('runs, rounds and updates', () => {
  const round = { round: 0, stageIndex: 0, stage: 'untrained', weightsDigest: digest(0), clients: ['a', 'b'] };
  const update = {
    round: 0,
    clientId: 'a',
    state: 'accepted',
    digest: digest(1),
    bytes: 10,
    encoding: 'fp32',
    examples: 1,
    localSteps: 1,
    loss: 0.5,
    accuracy: 1,
    code: null,
  } as const;

  test('a run that is begun again goes on under its first id', async () => {
    expect(store.runs.current()).toBeUndefined();
    expect(store.runs.begin({ id: 'first', name: 'x' })).toMatchObject({
      id: 'first',
      state: 'running',
      finishedAt: null,
    });
    await store.close();
    store = openStore(folder, 'server');
    expect(store.runs.begin({ id: 'second', name: 'x' })).toMatchObject({ id: 'first' });
    store.runs.finish();
    const finished = store.runs.current();
    expect(finished).toMatchObject({ state: 'finished' });
    store.runs.finish();
    expect(store.runs.current()).toEqual(finished);
  });

  test('a round opens, closes, and opens again after a crash', () => {
    store.rounds.open(round);
    expect(store.rounds.get(0)).toMatchObject({
      ...round,
      state: 'open',
      missing: [],
      loss: null,
      accuracy: null,
      closedAt: null,
    });
    store.rounds.close(0, { missing: ['b'], loss: 0.25, accuracy: null });
    expect(store.rounds.get(0)).toMatchObject({ state: 'closed', missing: ['b'], loss: 0.25, accuracy: null });
    store.rounds.open({ ...round, weightsDigest: digest(9) });
    expect(store.rounds.list()).toMatchObject([{ state: 'open', weightsDigest: digest(9), loss: null, missing: [] }]);
    expect(store.rounds.get(1)).toBeUndefined();
  });

  test('one update a client and round, and other processes see it', async () => {
    store.updates.put({ ...update, clientId: 'b', state: 'rejected', code: 'TENSORS_NOT_FINITE' });
    store.updates.put({ ...update, loss: 9 });
    store.updates.put(update);
    store.updates.put({ ...update, round: 1 });
    const reader = openStore(folder, 'reader');
    expect(reader.updates.list(0)).toEqual([
      update,
      { ...update, clientId: 'b', state: 'rejected', code: 'TENSORS_NOT_FINITE' },
    ]);
    expect(reader.updates.list()).toHaveLength(3);
    await reader.close();
  });
});

describe('blobs', () => {
  const bytes = Buffer.from('tensors');

  test('are named by their content and written once', async () => {
    const digest = await store.blobs.put(bytes, 'safetensors');
    expect(digest).toBe('sha256:26cc73f9fbf623d9a49bbf3f3d88f70195f2de68d7f25b5161f6700e6644cf44');
    expect(await store.blobs.put(bytes, 'safetensors')).toBe(digest);
    expect(Buffer.from(await store.blobs.get(digest, 'safetensors')).toString()).toBe('tensors');
    expect([store.blobs.has(digest, 'safetensors'), store.blobs.has(digest, 'png')]).toEqual([true, false]);
    await store.blobs.remove(digest, 'safetensors');
    await store.blobs.remove(digest, 'safetensors');
    await expect(store.blobs.get(digest, 'safetensors')).rejects.toThrow(coded('STORE_BLOB_MISSING'));
  });

  test('a changed or truncated blob is noticed', async () => {
    const digest = await store.blobs.put(bytes, 'png');
    for (const damage of ['tensorS', 'tens', '']) {
      writeFileSync(store.blobs.path(digest, 'png'), damage);
      await expect(store.blobs.get(digest, 'png')).rejects.toThrow(
        expect.objectContaining({ code: 'STORE_BLOB_CORRUPT', message: expect.stringContaining(digest) }),
      );
    }
  });

  test('a digest is no path', () => {
    expect(() => store.blobs.path('sha256:../../etc/passwd' as BlobDigest, 'png')).toThrow(coded('STORE_BLOB_MISSING'));
  });
});

describe('reconstructions', () => {
  test('the first committed result is final; the same again is no error', async () => {
    const first = await store.reconstructions.commit('0/a/0', Buffer.from('image'), sampleDetails());
    expect(await store.reconstructions.commit('0/a/0', Buffer.from('image'), sampleDetails({ loss: 2 }))).toEqual(
      first,
    );
    await expect(store.reconstructions.commit('0/a/0', Buffer.from('other'), sampleDetails())).rejects.toThrow(
      coded('STORE_COMMIT_CONFLICT'),
    );
    expect(store.reconstructions.list()).toEqual([first]);
    expect(store.reconstructions.get('0/a/0')?.details).toEqual(sampleDetails());
    expect(store.reconstructions.get('0/b/0')).toBeUndefined();
    expect(readFileSync(store.blobs.path(first.digest, 'safetensors'), 'utf8')).toBe('image');
  });

  test('details that are not what an attack may say are refused, with the field', async () => {
    const { estimates: _estimates, ...without } = sampleDetails();
    for (const [details, field] of [
      [without as ReconstructionDetails, 'estimates'],
      [sampleDetails({ labels: [0.5] }), 'labels.0'],
      [{ ...sampleDetails(), truth: 'a.png' } as ReconstructionDetails, 'truth'],
    ] as const) {
      await expect(store.reconstructions.commit('0/c/0', Buffer.from('image'), details)).rejects.toMatchObject({
        code: 'STORE_RECONSTRUCTION_INVALID',
        details: { key: '0/c/0', field },
      });
    }
    expect(store.reconstructions.get('0/c/0')).toBeUndefined();
  });
});
