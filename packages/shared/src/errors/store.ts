/** Errors of what is kept on disk. */
import { entry, show } from './entry.ts';

export const storeErrors = {
  STORE_BLOB_CORRUPT: entry<{ path: string; digest: string; actual: string }>(
    'storage',
    (d) => `blob ${d.path} has the digest ${d.actual}, not ${d.digest}`,
    'The file was changed or damaged after it was written; remove it and resume the run.',
  ),
  STORE_BLOB_MISSING: entry<{ path: string }>(
    'storage',
    (d) => `blob ${d.path} is missing`,
    'The run folder is incomplete; copy blobs/ along with leakscope.sqlite.',
  ),
  STORE_CHECKPOINT_INVALID: entry<{ number: number; field: string; reason: string }>(
    'storage',
    (d) => `checkpoint ${d.number} cannot be read: ${d.field}: ${d.reason}`,
    'Another version of Leakscope wrote it: resume the run with that one, or begin anew in another folder.',
  ),
  STORE_COMMIT_CONFLICT: entry<{ key: string; committed: string; digest: string }>(
    'computation',
    (d) => `job ${d.key} has committed the reconstruction ${d.committed} and cannot commit ${d.digest} in its place`,
    'A committed reconstruction is final; the attack gave another result when it was repeated.',
  ),
  STORE_DATABASE_FAILED: entry<{ reason: string }>(
    'storage',
    (d) => `the run's database cannot be used: ${d.reason}`,
    'Check that the disk is not full and that no other program holds leakscope.sqlite; then resume the run.',
  ),
  STORE_DATABASE_INVALID: entry<{ path: string; reason: string }>(
    'storage',
    (d) => `${d.path} is no usable Leakscope database: ${d.reason}`,
    'Check that the folder is a run of Leakscope and that the disk is not full.',
  ),
  STORE_DATABASE_NEWER: entry<{ path: string; version: number; supported: number }>(
    'storage',
    (d) => `${d.path} has schema version ${d.version}, this Leakscope knows versions up to ${d.supported}`,
    'Use the version of Leakscope that wrote the run, or a newer one.',
  ),
  STORE_JOB_INVALID: entry<{ key: string | undefined; field: string; value: unknown; reason: string }>(
    'storage',
    (d) => `attack job ${show(d.key)} cannot be read: ${d.field} is ${show(d.value)}: ${d.reason}`,
    'The run was made by another version of Leakscope, or its database is damaged: make the run anew.',
  ),
  STORE_MANIFEST_INVALID: entry<{ path: string; reason: string }>(
    'storage',
    (d) => `manifest ${d.path} cannot be read: ${d.reason}`,
    'Check that the folder is a run of Leakscope.',
  ),
  STORE_RECONSTRUCTION_INVALID: entry<{ key: string; field: string; reason: string }>(
    'computation',
    (d) => `what the attack says of job ${d.key} cannot be kept or read: ${d.field}: ${d.reason}`,
    'An attack returns images, labels, losses and estimates as its contract says; a run of another version is read by that version.',
  ),
  STORE_RECORD_INVALID: entry<{ key: string; reason: string }>(
    'computation',
    (d) => `the leak record ${d.key} cannot be kept: ${d.reason}`,
    'A metric that does not exist is null, never NaN.',
  ),
  STORE_RUN_MISSING: entry<{ path: string }>(
    'usage',
    (d) => `${d.path} holds no run`,
    'Give the folder that simulate or server wrote.',
  ),
  STORE_TRUTH_INVALID: entry<{ path: string; reason: string }>(
    'storage',
    (d) => `the truth ${d.path} cannot be read: ${d.reason}`,
    'Remove it and resume the run; the client writes it again.',
  ),
  STORE_TRUTH_MISSING: entry<{ path: string }>(
    'input',
    (d) => `there is no truth at ${d.path}`,
    'Truth is written under simulate, or by a client that was started with --truth DIR.',
  ),
  STORE_TRUTH_SEALED: entry<{ key: string; reason: string }>(
    'internal',
    (d) => `the truth behind job ${show(d.key)} stays sealed: ${d.reason}`,
    'Only the evaluator reads truth, and only after the reconstruction is committed.',
  ),
  STORE_UPLOAD_CLOSED: entry<{ digest: string }>(
    'network',
    (d) => `the upload of ${d.digest} was taken over by a newer connection`,
    'Nothing need be done: the newer connection goes on with it.',
  ),
};
