/** Writes to a run in every way there is until it is killed: `node crash.fixture.ts <run>`. Prints a line at each round. */
import { wireDigest } from '@leakscope/shared/digests';
import type { Lease } from './queue/attack-queue.ts';
import { sampleJob } from './queue/job.fixture.ts';
import { sampleDetails } from './reconstruction.fixture.ts';
import { openStore } from './store.ts';

const [runDir = ''] = process.argv.slice(2);
const store = openStore(runDir, 'server');
store.runs.begin({ id: 'crash', name: 'crash' });
const start = store.rounds.list().length;

/** Bytes whose content says which round wrote them, so that a torn mix would show. */
const bytesOf = (round: number) => new Uint8Array(300_000).fill(round % 251);

for (let round = start; ; round++) {
  process.stdout.write(`${round}\n`);
  const job = sampleJob(round);
  const bytes = bytesOf(round);
  store.rounds.open({ round, stageIndex: 0, stage: 's', weightsDigest: wireDigest(bytes), clients: ['a'] });
  const upload = await store.spool.open({ clientId: 'a', round, digest: wireDigest(bytes), bytes: bytes.length });
  for (let offset = upload.offset; offset < bytes.length; offset += 100_000)
    await upload.append(bytes.subarray(offset, offset + 100_000));
  await store.blobs.put(bytes, 'safetensors');
  await store.queue.add([job], ['a']);
  const lease = (await store.queue.lease('w', 1))[0] as Lease;
  await store.reconstructions.commit(
    lease.job.key,
    bytesOf(lease.job.round),
    sampleDetails({ steps: lease.job.round }),
  );
  await store.queue.complete(lease);
  store.leaks.add(lease.job, [{ round: lease.job.round }, { round: lease.job.round }]);
  await store.leaks.writeLog();
  await store.checkpoints.write({ number: round, state: { round }, parts: new Map([['weights', bytes]]) });
  store.rounds.close(round, { missing: [], loss: 0, accuracy: 0 });
  await store.spool.removeBefore(round + 1);
}
