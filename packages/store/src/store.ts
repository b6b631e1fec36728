/** What outlives a process: one folder a run, opened by each of its processes. */
import { mkdir } from 'node:fs/promises';
import { removeLeftovers } from '@leakscope/shared/atomic';
import { Blobs } from './blobs.ts';
import { Checkpoints } from './checkpoints.ts';
import { Choices } from './choices.ts';
import { openDatabase } from './database.ts';
import { Leaks } from './leaks.ts';
import type { AttackQueue, QueueOptions } from './queue/attack-queue.ts';
import type { QueueKind } from './queue/kind.ts';
import { queueKind } from './queue/registry.ts';
import { Reconstructions } from './reconstructions.ts';
import { type RunDirectory, runDirectory } from './run-directory.ts';
import { Rounds, Runs, Updates } from './runs.ts';
import { Spool, type SyncPolicy } from './spool.ts';

/** Who opens the store. Only the server makes it, only the evaluator reads truth. */
export type StoreRole = 'server' | 'attacker' | 'evaluator' | 'reader';

export interface StoreOptions {
  /** Default: all jobs are let in, 3 attempts, kept in the run's database. */
  queue?: QueueOptions & { readonly kind?: QueueKind; readonly params?: unknown };
  /** When uploads are forced to disk; default with their last byte. */
  fsync?: SyncPolicy;
}

export interface Store {
  readonly role: StoreRole;
  readonly directory: RunDirectory;
  readonly runs: Runs;
  readonly rounds: Rounds;
  readonly updates: Updates;
  readonly queue: AttackQueue;
  readonly reconstructions: Reconstructions;
  readonly leaks: Leaks;
  readonly choices: Choices;
  readonly blobs: Blobs;
  readonly spool: Spool;
  readonly checkpoints: Checkpoints;
  /** Removes what killed processes left half-written. Returns how many files. */
  removeLeftovers(): Promise<number>;
  close(): Promise<void>;
}

/** Throws STORE_RUN_MISSING (for every role but the server), STORE_DATABASE_INVALID, STORE_DATABASE_NEWER. */
export function openStore(
  runDir: string,
  role: StoreRole,
  { queue: { kind = queueKind('sqlite'), params = {}, ...options } = {}, fsync }: StoreOptions = {},
): Store {
  const directory = runDirectory(runDir);
  const database = openDatabase(directory.database, { mustExist: role !== 'server' });
  const blobs = new Blobs(directory.blobs);
  const spool = new Spool(directory.spool, fsync === undefined ? {} : { sync: fsync });
  return {
    role,
    directory,
    runs: new Runs(database),
    rounds: new Rounds(database),
    updates: new Updates(database),
    queue: kind.open(kind.params.parse(params), { database }, options),
    reconstructions: new Reconstructions(database, blobs),
    leaks: new Leaks(database, directory),
    choices: new Choices(database),
    blobs,
    spool,
    checkpoints: new Checkpoints(directory.checkpoints),
    async removeLeftovers() {
      let removed = 0;
      for (const folder of [directory.root, directory.blobs, directory.checkpoints]) {
        await mkdir(folder, { recursive: true });
        removed += await removeLeftovers(folder);
      }
      return removed;
    },
    async close() {
      await spool.close();
      if (database.isOpen) database.close();
    },
  };
}
