/** One attack on one intercepted update: the record that the server hands to an attacker. There is no truth in it. */
import { ALGORITHMS } from '@leakscope/shared/config';
import { blobDigestSchema, wireDigestSchema } from '@leakscope/shared/digests';
import { LeakscopeError } from '@leakscope/shared/errors';
import { pluginSchema } from '@leakscope/shared/plugin';
import { refusalOf } from '@leakscope/shared/refusal';
import { z } from 'zod';

const count = z.int().min(0);

/** How the client's local steps went; public, since the server tells every client. */
const localSchema = z
  .strictObject({
    steps: z.int().min(1),
    learningRate: z.number().min(0),
    momentum: z.number().min(0),
    weightDecay: z.number().min(0),
    /** Weight of FedProx's proximal term; 0 with FedAvg. */
    proximal: z.number().min(0),
  })
  .readonly();

const attackJobSchema = z
  .strictObject({
    /** `jobKey`: adding it twice adds it once. */
    key: z.string().min(1),
    /** Over all stages, from 0. */
    round: count,
    stageIndex: count,
    stage: z.string(),
    /** The client that the record is about. */
    clientId: z.string().min(1),
    /** Place in the experiment's `attacks`, and its name. */
    attackIndex: count,
    attack: z.string().min(1),
    /** Safetensors of y; for a control, of another client's update. */
    updateDigest: blobDigestSchema,
    /** Of the client's own upload: the name of its truth. */
    ownDigest: wireDigestSchema,
    /** Safetensors of theta(t), parameters and buffers. */
    weightsDigest: blobDigestSchema,
    arch: z.string().min(1),
    classes: z.int().min(1),
    /** Side of the model's input, in pixels. */
    resolution: z.int().min(1).exactOptional(),
    batchSize: z.int().min(1),
    /** The client's local algorithm. */
    algorithm: z.enum(ALGORITHMS),
    batchNorm: z.enum(['frozen', 'train']),
    /** Where the algorithm uploads a change of the weights. */
    local: localSchema.exactOptional(),
    /** Only where the threat model says `defense: oracle`: the client's defence, its steps in order. */
    oracleDefense: z.array(pluginSchema).readonly().exactOptional(),
    /** Only where the threat model says `labels: known`. */
    labels: z.array(count).readonly().exactOptional(),
  })
  .readonly();

export type AttackJob = z.output<typeof attackJobSchema>;

/** Reads a job from its JSON text. Throws STORE_JOB_INVALID, which names the field. */
export function parseJob(text: string): AttackJob {
  const job: unknown = JSON.parse(text);
  const result = attackJobSchema.safeParse(job);
  if (result.success) return result.data;
  const { field, value, reason } = refusalOf(result.error, job);
  const { key } = job as Partial<AttackJob>;
  throw new LeakscopeError('STORE_JOB_INVALID', { key, field: field || 'job', value, reason });
}

/** `round/client/attack`. */
export function jobKey({
  round,
  clientId,
  attackIndex,
}: Pick<AttackJob, 'round' | 'clientId' | 'attackIndex'>): string {
  return `${round}/${clientId}/${attackIndex}`;
}
