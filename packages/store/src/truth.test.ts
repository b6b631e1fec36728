import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WireDigest } from '@leakscope/shared/digests';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Lease } from './queue/attack-queue.ts';
import { sampleJob } from './queue/job.fixture.ts';
import { sampleDetails } from './reconstruction.fixture.ts';
import { openStore, type Store } from './store.ts';
import { readTruth, type Truth, truthPath, writeTruth } from './truth.ts';

let run = '';
let server: Store;
let evaluator: Store;
beforeEach(() => {
  run = mkdtempSync(join(tmpdir(), 'leakscope-truth-'));
  server = openStore(run, 'server', { queue: { attempts: 1 } });
  evaluator = openStore(run, 'evaluator');
});
afterEach(async () => {
  await server.close();
  await evaluator.close();
  rmSync(run, { recursive: true });
});

const job = sampleJob(4);
const truth: Truth = {
  round: 4,
  stage: 'untrained',
  clientId: job.clientId,
  updateDigest: job.ownDigest,
  shape: [3, 1, 2],
  examples: [
    {
      id: '000001.jpg',
      index: 7,
      label: 1,
      attributes: { Male: true },
      image: Float32Array.of(-1, -0.5, 0, 0.1, 0.5, 1),
    },
  ],
};
const coded = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

test('stays sealed until the reconstruction is committed, then comes back to the bit', async () => {
  await writeTruth(server.directory.truth, truth);
  await server.queue.add([job], ['a']);
  await expect(readTruth(evaluator, job)).rejects.toThrow(coded('STORE_TRUTH_SEALED', /not committed/));
  await server.reconstructions.commit(job.key, Buffer.from('image'), sampleDetails());
  expect(await readTruth(evaluator, job)).toEqual(truth);
});

test('opens for an attack that was given up: there is nothing left to commit', async () => {
  await writeTruth(server.directory.truth, truth);
  await server.queue.add([job], ['a']);
  const lease = (await server.queue.lease('w', 1000))[0] as Lease;
  await expect(readTruth(evaluator, job)).rejects.toThrow(coded('STORE_TRUTH_SEALED', /not committed/));
  await server.queue.fail(lease, { code: 'ATTACK_DIVERGED', message: '' });
  expect(await readTruth(evaluator, job)).toEqual(truth);
});

test('never opens for another role', async () => {
  await writeTruth(server.directory.truth, truth);
  await server.reconstructions.commit(job.key, Buffer.from('image'), sampleDetails());
  const attacker = openStore(run, 'attacker');
  for (const store of [server, attacker]) {
    await expect(readTruth(store, job)).rejects.toThrow(
      coded('STORE_TRUTH_SEALED', /a store of the (server|attacker)/),
    );
  }
  await attacker.close();
});

test('missing and damaged truth is named', async () => {
  await server.reconstructions.commit(job.key, Buffer.from('image'), sampleDetails());
  await expect(readTruth(evaluator, job)).rejects.toThrow(coded('STORE_TRUTH_MISSING', /truth.a.2222.*json/));
  await writeTruth(server.directory.truth, { ...truth, shape: [3, 9, 9] });
  await expect(readTruth(evaluator, job)).rejects.toThrow(
    coded('STORE_TRUTH_INVALID', /000001.jpg has 6 values, its shape says 243/),
  );
  const path = truthPath(server.directory.truth, job.clientId, job.ownDigest);
  writeFileSync(path, JSON.stringify({ ...truth, examples: [{ ...truth.examples[0], image: 'AAAA', label: 'cat' }] }));
  await expect(readTruth(evaluator, job)).rejects.toThrow(coded('STORE_TRUTH_INVALID', /examples.0.label: expected/));
  writeFileSync(path, '{"round": 4, "exa');
  await expect(readTruth(evaluator, job)).rejects.toThrow(coded('STORE_TRUTH_INVALID', /cannot be read/));
});

test('names from the wire are no paths', () => {
  for (const [client, digest] of [
    ['../x', job.ownDigest],
    ['a', 'sha256:../../x' as WireDigest],
  ] as const) {
    expect(() => truthPath(run, client, digest)).toThrow(coded('STORE_TRUTH_MISSING', /no truth/));
  }
});
