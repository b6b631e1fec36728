/** The truth: a client's own examples, written where it opted in, and sealed until the reconstruction is committed. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '@leakscope/shared/atomic';
import { type WireDigest, wireDigestSchema } from '@leakscope/shared/digests';
import { LeakscopeError, reasonOf } from '@leakscope/shared/errors';
import { refusalOf } from '@leakscope/shared/refusal';
import { fromLittleEndianBytes, littleEndianBytes, sizeOf } from '@leakscope/shared/tensors';
import { z } from 'zod';
import type { AttackJob } from './queue/attack-job.ts';
import type { Store } from './store.ts';

const exampleSchema = z.strictObject({
  /** Name of the image in its dataset, and its place there. */
  id: z.string(),
  index: z.int().min(0),
  label: z.int().min(0),
  attributes: z.record(z.string(), z.boolean()).readonly(),
  /** Float32, little-endian, in base64. */
  image: z.base64(),
});

/** The file that a client writes and the evaluator reads. */
const truthSchema = z
  .strictObject({
    round: z.int().min(0),
    stage: z.string(),
    clientId: z.string(),
    /** Of the client's upload on the wire. */
    updateDigest: wireDigestSchema,
    /** [3, H, W]. */
    shape: z.array(z.int().min(1)).readonly(),
    /** The examples behind the update, in the order of its batches. */
    examples: z.array(exampleSchema).readonly(),
  })
  .readonly();

export type TrueExample = Readonly<Omit<z.output<typeof exampleSchema>, 'image'>> & {
  /** As the model saw it: CHW in [-1, 1]. */
  readonly image: Float32Array;
};

export type Truth = Omit<z.output<typeof truthSchema>, 'examples'> & { readonly examples: readonly TrueExample[] };

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
  const invalid = (reason: string, cause?: unknown) =>
    new LeakscopeError('STORE_TRUTH_INVALID', { path, reason, ...(cause !== undefined && { cause }) });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw invalid(reasonOf(cause), cause);
  }
  const result = truthSchema.safeParse(json);
  if (!result.success) {
    const { field, reason } = refusalOf(result.error, json);
    throw invalid(`${field || 'the file'}: ${reason}`);
  }
  const { examples, ...truth } = result.data;
  const size = sizeOf(truth.shape);
  return {
    ...truth,
    examples: examples.map(({ image, ...example }) => {
      const bytes = Buffer.from(image, 'base64');
      if (bytes.length !== 4 * size)
        throw invalid(`${example.id} has ${bytes.length / 4} values, its shape says ${size}`);
      return { ...example, image: fromLittleEndianBytes(bytes) };
    }),
  };
}
