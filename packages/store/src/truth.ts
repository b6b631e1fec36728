/** The truth: a client's own examples, written where it opted in, and sealed until the reconstruction is committed. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '@leakscope/shared/atomic';
import type { WireDigest } from '@leakscope/shared/digests';
import { LeakscopeError, reasonOf } from '@leakscope/shared/errors';
import { fromLittleEndianBytes, littleEndianBytes } from '@leakscope/shared/tensors';
import type { AttackJob } from './queue/attack-job.ts';
import type { Store } from './store.ts';

export interface TrueExample {
  /** Name of the image in its dataset, and its place there. */
  readonly id: string;
  readonly index: number;
  readonly label: number;
  readonly attributes: Readonly<Record<string, boolean>>;
  /** As the model saw it: CHW in [-1, 1]. */
  readonly image: Float32Array;
}

export interface Truth {
  readonly round: number;
  readonly stage: string;
  readonly clientId: string;
  /** Of the client's upload on the wire. */
  readonly updateDigest: WireDigest;
  /** [3, H, W]. */
  readonly shape: readonly number[];
  /** The examples behind the update, in the order of its batches. */
  readonly examples: readonly TrueExample[];
}

/** `truth/<client>/<hex of the update>.json` */
export function truthPath(truthDir: string, clientId: string, updateDigest: WireDigest): string {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(updateDigest)?.[1];
  if (hex === undefined || !/^[A-Za-z0-9][\w.-]*$/.test(clientId)) {
    throw new LeakscopeError('STORE_TRUTH_MISSING', { path: join(truthDir, clientId, updateDigest) });
  }
  return join(truthDir, clientId, `${hex}.json`);
}

/** Called by a client that opted in; atomic. It needs the folder alone, no database. */
export async function writeTruth(truthDir: string, truth: Truth): Promise<void> {
  const examples = truth.examples.map(({ image, ...example }) => ({
    ...example,
    image: Buffer.from(littleEndianBytes(image)).toString('base64'),
  }));
  await writeFileAtomically(
    truthPath(truthDir, truth.clientId, truth.updateDigest),
    JSON.stringify({ ...truth, examples }),
  );
}

/**
 * The truth behind a job. Throws STORE_TRUTH_SEALED unless the store was opened as the evaluator's and the job's reconstruction
 * is committed (or the job was given up, so that there is nothing to commit), STORE_TRUTH_MISSING, STORE_TRUTH_INVALID.
 */
export async function readTruth(store: Store, job: AttackJob): Promise<Truth> {
  const sealed = (reason: string) => new LeakscopeError('STORE_TRUTH_SEALED', { key: job.key, reason });
  if (store.role !== 'evaluator') throw sealed(`a store of the ${store.role} does not open it`);
  if (store.reconstructions.get(job.key) === undefined) {
    const finished = (await store.queue.finished()).find(({ job: { key } }) => key === job.key);
    if (finished?.state !== 'failed') throw sealed('its reconstruction is not committed');
  }
  const path = truthPath(store.directory.truth, job.clientId, job.ownDigest);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new LeakscopeError('STORE_TRUTH_MISSING', { path, cause });
  }
  return parseTruth(text, path);
}

function parseTruth(text: string, path: string): Truth {
  try {
    const { examples, ...truth } = JSON.parse(text) as Omit<Truth, 'examples'> & {
      examples: (Omit<TrueExample, 'image'> & { image: string })[];
    };
    const size = truth.shape.reduce((product, n) => product * n, 1);
    return {
      ...truth,
      examples: examples.map(({ image, ...example }) => {
        const values = fromLittleEndianBytes(Buffer.from(image, 'base64'));
        if (values.length !== size)
          throw new RangeError(`${example.id} has ${values.length} values, its shape says ${size}`);
        return { ...example, image: values };
      }),
    };
  } catch (cause) {
    throw new LeakscopeError('STORE_TRUTH_INVALID', { path, reason: reasonOf(cause), cause });
  }
}
