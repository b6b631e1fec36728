/** Progress of the attacks and of their evaluation, read from the run's own tables: it holds however many workers there are. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Experiment } from '@leakscope/shared/config';
import { openStore, type Store } from '@leakscope/store';
import type { Progress } from '../shell/progress.ts';

const EVERY_MS = 1000;

/** Reports until `signal` aborts. The database must exist. */
export async function watchAudit(
  runDir: string,
  experiment: Experiment,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const store = openStore(runDir, 'reader');
  try {
    const total = expectedJobs(experiment);
    do await reportOnce(store, total, progress);
    while (await wait(EVERY_MS, true, { signal }).catch(() => false));
    await reportOnce(store, total, progress);
  } finally {
    await store.close();
  }
}

async function reportOnce(store: Store, expected: number, { report }: Progress): Promise<void> {
  const { waiting, leased, done, failed, dropped } = await store.queue.counts();
  const over = store.runs.current()?.state === 'finished';
  const total = over ? waiting + leased + done + failed : Math.max(0, expected - dropped);
  if (total === 0) return;
  const detail = [failed > 0 ? `${failed} failed` : '', dropped > 0 ? `${dropped} dropped` : '']
    .filter(Boolean)
    .join(', ');
  report({ phase: 'attacks', done: done + failed, total, ...(detail ? { detail } : {}) });
  const evaluated = (await store.queue.finished()).filter(({ job }) => store.leaks.has(job.key)).length;
  report({ phase: 'evaluated', done: evaluated, total });
}

/** Attacks that the experiment will make where every client reports in every round. */
export function expectedJobs({ stages, clients, attacks }: Experiment): number {
  const updates = stages
    .filter(({ audit }) => audit)
    .flatMap(({ rounds, clients: members }) =>
      clients
        .filter(({ id }) => members === 'all' || members.includes(id))
        .map(({ auditVictims }) => (auditVictims === 'all' ? rounds : Math.min(rounds, auditVictims))),
    );
  return updates.reduce((sum, count) => sum + count, 0) * attacks.length;
}
