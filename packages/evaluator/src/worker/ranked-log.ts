/** The end of an evaluation: final ranks, now that all victims are known, and the log with them. */
import { clientShards, type Dataset } from '@leakscope/data';
import type { Experiment } from '@leakscope/shared/config';
import { type FinishedJob, readTruth, type Store } from '@leakscope/store';
import type { LeakRecord } from '../record.ts';
import { rankRecords } from '../statistics/ranks.ts';
import { readReconstruction } from './committed.ts';

interface RankedLogOptions {
  readonly experiment: Experiment;
  readonly store: Store;
  readonly dataset: Dataset;
}

/** Ranks every record of the store and writes leaks.jsonl and leaks.csv. Throws STORE_ and EVAL_ errors. */
export async function writeRankedLog({ experiment, store, dataset }: RankedLogOptions): Promise<void> {
  const shards = clientShards(experiment, dataset);
  const finished = await store.queue.finished();
  const jobs = new Map(finished.map((one) => [keyOf(one.job.round, one.job.clientId, one.job.attackIndex), one]));
  const jobOf = ({ round, client, attackIndex }: LeakRecord): FinishedJob =>
    jobs.get(keyOf(round, client, attackIndex)) as FinishedJob;
  const records = await rankRecords(store.leaks.list<LeakRecord>(), {
    dataset,
    stratum: (client) => shards.get(client)?.stratum,
    imagesOf: async (record) => {
      const job = jobOf(record);
      const truth = await readTruth(store, job.job);
      const reconstruction = await readReconstruction(store, job, dataset.resolution);
      return {
        truth: truth.examples[record.image]?.image as Float32Array,
        batch: reconstruction?.images ?? null,
      };
    },
  });
  for (const [job, own] of Map.groupBy(records, jobOf)) store.leaks.add(job.job, own);
  await store.leaks.writeLog();
}

const keyOf = (round: number, client: string, attackIndex: number): string =>
  JSON.stringify([round, client, attackIndex]);
