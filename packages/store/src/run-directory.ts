/** Where things lie in the folder of a run. */
import { join, resolve } from 'node:path';

export interface RunDirectory {
  readonly root: string;
  readonly database: string;
  /** Uploads on their way in. */
  readonly spool: string;
  /** Tensors and images, named by their content. */
  readonly blobs: string;
  readonly checkpoints: string;
  /** Written by clients that opted in, read by the evaluator alone. */
  readonly truth: string;
  readonly logs: string;
  readonly leakLog: string;
  readonly leakTable: string;
  readonly report: string;
}

export function runDirectory(runDir: string): RunDirectory {
  const root = resolve(runDir);
  return {
    root,
    database: join(root, 'leakscope.sqlite'),
    spool: join(root, 'spool'),
    blobs: join(root, 'blobs'),
    checkpoints: join(root, 'checkpoints'),
    truth: join(root, 'truth'),
    logs: join(root, 'logs'),
    leakLog: join(root, 'leaks.jsonl'),
    leakTable: join(root, 'leaks.csv'),
    report: join(root, 'report.html'),
  };
}
