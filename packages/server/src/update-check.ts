/** What an update must be before it may touch the global model. */
import type { Classifier, ParameterSpec } from '@leakscope/models';
import type { Training } from '@leakscope/shared/config';
import { isLeakscopeError } from '@leakscope/shared/errors';
import { decodeTensors, type ProtocolLimits } from '@leakscope/shared/protocol';
import { checkFinite, checkShapes, type NamedTensors } from '@leakscope/shared/tensors';

type Specs = Pick<Classifier, 'parameters' | 'buffers'>;

/** The tensors of an update: one for each parameter, and for each running statistic where batch norm trains. */
export const updateSpecs = (
  { parameters, buffers }: Specs,
  batchNorm: Training['batchNorm'],
): readonly ParameterSpec[] => (batchNorm === 'train' ? [...parameters, ...buffers] : parameters);

/**
 * Reads an update and checks it: written as the round asks, right names and shapes, every value finite. Throws
 * PROTOCOL_PAYLOAD_INVALID, PROTOCOL_LIMIT_EXCEEDED, TENSORS_MISSING, TENSORS_UNEXPECTED, TENSORS_SHAPE_MISMATCH or
 * TENSORS_NOT_FINITE, which name the tensor.
 */
export function readUpdate(
  bytes: Uint8Array,
  model: Specs,
  { batchNorm, encoding }: Pick<Training, 'batchNorm' | 'encoding'>,
  limits: ProtocolLimits,
): NamedTensors {
  const update = decodeTensors(bytes, limits, encoding);
  checkShapes(update, updateSpecs(model, batchNorm));
  checkFinite(update);
  return update;
}

/** Whether it is what `readUpdate` throws of an update: its client is to blame, and nobody else. */
export const blamesUpdate = (error: unknown): boolean =>
  isLeakscopeError(
    error,
    'PROTOCOL_PAYLOAD_INVALID',
    'PROTOCOL_LIMIT_EXCEEDED',
    'TENSORS_MISSING',
    'TENSORS_UNEXPECTED',
    'TENSORS_SHAPE_MISMATCH',
    'TENSORS_NOT_FINITE',
  );
