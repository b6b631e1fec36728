/** What an update must be before it may touch the global model. */
import type { Classifier } from '@leakscope/models';
import { isLeakscopeError } from '@leakscope/shared/errors';
import { decodeTensors, type ProtocolLimits } from '@leakscope/shared/protocol';
import { checkFinite, checkShapes, type NamedTensors } from '@leakscope/shared/tensors';

/**
 * Reads an update and checks it: one tensor for each parameter, and for each running statistic where batch norm trains; right names and
 * shapes, every value finite. Throws PROTOCOL_PAYLOAD_INVALID, PROTOCOL_LIMIT_EXCEEDED, TENSORS_MISSING, TENSORS_UNEXPECTED,
 * TENSORS_SHAPE_MISMATCH or TENSORS_NOT_FINITE, which name the tensor.
 */
export function readUpdate(
  bytes: Uint8Array,
  model: Pick<Classifier, 'parameters' | 'buffers'>,
  batchNorm: 'frozen' | 'train',
  limits: ProtocolLimits,
): NamedTensors {
  const update = decodeTensors(bytes, limits);
  checkShapes(update, batchNorm === 'train' ? [...model.parameters, ...model.buffers] : model.parameters);
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
