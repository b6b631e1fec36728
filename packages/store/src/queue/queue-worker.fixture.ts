/** A worker process for tests: `node queue-worker.fixture.ts <run> <name> <lease ms>` takes jobs until there are none, and prints their keys. */
import { setTimeout as sleep } from 'node:timers/promises';
import { sampleDetails } from '../reconstruction.fixture.ts';
import { openStore } from '../store.ts';

const [runDir = '', worker = '', milliseconds = ''] = process.argv.slice(2);
const store = openStore(runDir, 'attacker');
for (;;) {
  const [lease] = await store.queue.lease(worker, Number(milliseconds));
  if (lease === undefined) {
    const { waiting, leased } = await store.queue.counts();
    if (waiting + leased === 0) break;
    await sleep(10);
    continue;
  }
  await store.reconstructions.commit(lease.job.key, Buffer.from(lease.job.key), sampleDetails());
  if (worker === 'hangs') {
    process.stdout.write('holding\n');
    await sleep(60_000);
  }
  if (await store.queue.complete(lease)) process.stdout.write(`${lease.job.key}\n`);
}
await store.close();
