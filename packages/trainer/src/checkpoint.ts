/** A training as a file: the session's state and what decides everything that follows. */
import { existsSync } from 'node:fs';
import { LeakscopeError } from '@leakscope/shared/errors';
import { readSafetensors, writeSafetensors } from '@leakscope/shared/safetensors';
import { checkShapes, type NamedTensors } from '@leakscope/shared/tensors';

/** Whatever changes a single later weight. A training goes on only where all of it is as it was. */
export interface TrainingIdentity {
  readonly recipe: string;
  readonly arch: string;
  readonly data: string;
  readonly seed: number;
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
}

export interface Checkpoint {
  /** Steps done. */
  readonly step: number;
  readonly state: NamedTensors;
}

const FORMAT = 'leakscope-training-1';

/** Writes by temporary file and rename: a crash leaves the previous checkpoint. */
export async function writeCheckpoint(
  path: string,
  identity: TrainingIdentity,
  { step, state }: Checkpoint,
): Promise<void> {
  const metadata = Object.fromEntries(
    Object.entries({ ...identityFields(identity), step }).map(([k, v]) => [k, String(v)]),
  );
  await writeSafetensors(path, state, { metadata });
}

/**
 * Reads the checkpoint at `path` if it belongs to this training.
 * @throws TRAIN_CHECKPOINT_MISSING, TRAIN_CHECKPOINT_MISMATCH (another option than when it was written), TENSORS_ errors.
 */
export async function readCheckpoint(
  path: string,
  identity: TrainingIdentity,
  shapes: Readonly<Record<string, readonly number[]>>,
): Promise<Checkpoint> {
  if (!existsSync(path)) throw new LeakscopeError('TRAIN_CHECKPOINT_MISSING', { path });
  const { tensors, metadata } = await readSafetensors(path);
  for (const [field, value] of Object.entries(identityFields(identity))) {
    const written = metadata[field];
    if (written !== String(value)) {
      throw new LeakscopeError('TRAIN_CHECKPOINT_MISMATCH', {
        path,
        field,
        value: String(value),
        written: written ?? 'nothing',
      });
    }
  }
  const step = Number(metadata.step);
  if (!Number.isSafeInteger(step) || step < 0) {
    throw new LeakscopeError('TRAIN_CHECKPOINT_MISMATCH', {
      path,
      field: 'step',
      value: 'a count',
      written: metadata.step ?? 'nothing',
    });
  }
  checkShapes(
    tensors,
    Object.entries(shapes).map(([name, shape]) => ({ name, shape })),
  );
  return { step, state: tensors };
}

/** The identity alone, whatever else the object given for one carries. */
function identityFields({ recipe, arch, data, seed, epochs, batch, learningRate }: TrainingIdentity) {
  return { format: FORMAT, recipe, arch, data, seed, epochs, batch, learningRate };
}
