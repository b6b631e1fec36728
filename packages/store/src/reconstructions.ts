/** What attacks made, committed by hash before anybody compares it with the truth. */
import type { BlobDigest } from '@leakscope/shared/digests';
import { LeakscopeError } from '@leakscope/shared/errors';
import { canonicalJson } from '@leakscope/shared/json';
import { type ReconstructionDetails, reconstructionDetailsSchema } from '@leakscope/shared/reconstruction';
import { refusalOf } from '@leakscope/shared/refusal';
import type { Blobs } from './blobs.ts';
import { all, get, run, transaction } from './database.ts';
import type { DatabaseSync, StatementSync } from './sqlite.ts';

export interface ReconstructionRecord {
  readonly jobKey: string;
  /** Blob (safetensors) of the images and whatever else the attack found. */
  readonly digest: BlobDigest;
  /** Labels, losses, estimates, parameters. */
  readonly details: ReconstructionDetails;
  readonly committedAt: string;
}

type Row = Omit<ReconstructionRecord, 'details'> & { details: string };

const COLUMNS = 'job_key AS jobKey, digest, details, committed_at AS committedAt';

export class Reconstructions {
  readonly #database: DatabaseSync;
  readonly #blobs: Blobs;
  readonly #insert: StatementSync;
  readonly #one: StatementSync;
  readonly #all: StatementSync;

  constructor(database: DatabaseSync, blobs: Blobs) {
    this.#database = database;
    this.#blobs = blobs;
    this.#insert = database.prepare('INSERT INTO reconstructions VALUES (?, ?, ?, ?) ON CONFLICT (job_key) DO NOTHING');
    this.#one = database.prepare(`SELECT ${COLUMNS} FROM reconstructions WHERE job_key = ?`);
    this.#all = database.prepare(`SELECT ${COLUMNS} FROM reconstructions ORDER BY job_key`);
  }

  /**
   * Keeps the bytes as a blob and commits their hash; from then on the result of this job is final. Committing the same again
   * (a worker died between this and `complete`) is no error. Throws STORE_COMMIT_CONFLICT for another result,
   * STORE_RECONSTRUCTION_INVALID for details that are not what an attack may say.
   */
  async commit(jobKey: string, tensors: Uint8Array, details: ReconstructionDetails): Promise<ReconstructionRecord> {
    const text = canonicalJson(checked(jobKey, details));
    // The blob first: a committed hash always has its content.
    const digest = await this.#blobs.put(tensors, 'safetensors');
    return transaction(this.#database, () => {
      run(this.#insert, jobKey, digest, text, new Date().toISOString());
      const committed = this.get(jobKey) as ReconstructionRecord;
      if (committed.digest !== digest) {
        throw new LeakscopeError('STORE_COMMIT_CONFLICT', { key: jobKey, committed: committed.digest, digest });
      }
      return committed;
    });
  }

  get(jobKey: string): ReconstructionRecord | undefined {
    const row = get<Row>(this.#one, jobKey);
    return row && recordOf(row);
  }

  list(): ReconstructionRecord[] {
    return all<Row>(this.#all).map(recordOf);
  }
}

function recordOf({ details, ...row }: Row): ReconstructionRecord {
  return { ...row, details: checked(row.jobKey, JSON.parse(details)) };
}

function checked(key: string, details: unknown): ReconstructionDetails {
  const result = reconstructionDetailsSchema.safeParse(details);
  if (result.success) return result.data;
  const { field, reason } = refusalOf(result.error, details);
  throw new LeakscopeError('STORE_RECONSTRUCTION_INVALID', { key, field, reason });
}
