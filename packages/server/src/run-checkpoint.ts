/** Where a run stands after a round: what a server that was killed goes on from. */
import { LeakscopeError } from '@leakscope/shared/errors';
import type { Logger } from '@leakscope/shared/log';
import { pluginSchema } from '@leakscope/shared/plugin';
import { decodeTensors, encodeTensors, type ProtocolLimits } from '@leakscope/shared/protocol';
import { refusalOf } from '@leakscope/shared/refusal';
import type { NamedTensors } from '@leakscope/shared/tensors';
import type { Store } from '@leakscope/store';
import { z } from 'zod';
import type { OptimiserState } from './optimisers/server-optimiser.ts';

interface RunCheckpoint {
  /** The first round that is not committed. */
  next: number;
  /** Audited updates of each client in the stage of the last committed round. */
  audited: ReadonlyMap<string, number>;
  weights: NamedTensors;
  /** Undefined before the first step. */
  optimiser: OptimiserState | undefined;
}

/** What of it is JSON; the tensors are parts of their own. */
const stateSchema = z.strictObject({
  audited: z.array(z.tuple([z.string(), z.int().min(0)])),
  optimiser: pluginSchema.nullable(),
});

/** Makes a round durable; then the spool may forget it. */
export async function writeCheckpoint(
  store: Store,
  { next, audited, weights, optimiser }: RunCheckpoint,
): Promise<void> {
  await store.checkpoints.write({
    number: next,
    state: { audited: [...audited], optimiser: optimiser?.spec ?? null } satisfies z.input<typeof stateSchema>,
    parts: new Map([
      ['weights', encodeTensors(weights, 'fp32')],
      ['optimiser', encodeTensors(optimiser?.tensors ?? new Map(), 'fp32')],
    ]),
  });
  await store.spool.removeBefore(next);
}

/** The newest whole checkpoint; undefined for a run that has none. Throws STORE_CHECKPOINT_INVALID where another version wrote it. */
export async function readCheckpoint(
  store: Store,
  { limits, logger }: { limits: ProtocolLimits; logger: Logger },
): Promise<RunCheckpoint | undefined> {
  const found = await store.checkpoints.latest((path) => logger.warn({ path }, 'a damaged checkpoint is passed over'));
  if (found === undefined) return undefined;
  const result = stateSchema.safeParse(found.state);
  if (!result.success) {
    const { field, reason } = refusalOf(result.error, found.state);
    throw new LeakscopeError('STORE_CHECKPOINT_INVALID', { number: found.number, field: field || 'state', reason });
  }
  const { audited, optimiser } = result.data;
  const part = (name: string) => decodeTensors(found.parts.get(name) ?? new Uint8Array(), limits);
  return {
    next: found.number,
    audited: new Map(audited),
    weights: part('weights'),
    optimiser: optimiser === null ? undefined : { spec: optimiser, tensors: part('optimiser') },
  };
}
