/** What outlives a process: spool, blobs, tables, attack queue, truth, leak log, checkpoints. */
export { type BlobKind, Blobs } from './blobs.ts';
export { type Checkpoint, Checkpoints } from './checkpoints.ts';
export { type Choice, Choices } from './choices.ts';
export { toCsv } from './csv.ts';
export { Leaks, stripTimes } from './leaks.ts';
export { type AttackJob, jobKey } from './queue/attack-job.ts';
export type { AttackQueue, FinishedJob, JobError, Lease, QueueCounts, QueueOptions } from './queue/attack-queue.ts';
export { defineQueue, type QueueKind } from './queue/kind.ts';
export { admissionPolicy } from './queue/registry.ts';
export { type ReconstructionRecord, Reconstructions } from './reconstructions.ts';
export { type RunDirectory, runDirectory } from './run-directory.ts';
export { type RoundRecord, Rounds, type RunRecord, Runs, type UpdateRecord, Updates } from './runs.ts';
export { Spool, SpooledUpload, type SyncPolicy, type UploadName } from './spool.ts';
export { SpooledValues } from './spooled-values.ts';
export { openStore, type Store, type StoreOptions, type StoreRole } from './store.ts';
export { readTruth, type TrueExample, type Truth, truthPath, writeTruth } from './truth.ts';
