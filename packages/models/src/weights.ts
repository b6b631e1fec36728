/** A model's weights at the file boundary: checked strictly, in PyTorch's order, with the architecture in the metadata. */

import { LeakscopeError } from '@leakscope/shared/errors';
import { writeSafetensors } from '@leakscope/shared/safetensors';
import { checkFinite, checkShapes, type NamedTensors, type Tensor } from '@leakscope/shared/tensors';
import type { ParameterSpec } from './modules.ts';

/** What the checks need of a classifier, generator or critic. */
export interface Model {
  readonly name: string;
  readonly parameters: readonly ParameterSpec[];
  readonly buffers: readonly ParameterSpec[];
}

/** PyTorch counts training steps here; nothing in a forward pass reads it. */
const STEP_COUNTER = /\.num_batches_tracked$/;

/**
 * The parameters and buffers of `model` out of `tensors`, in PyTorch's order and without step counters.
 * @throws TENSORS_MISSING, TENSORS_UNEXPECTED, TENSORS_SHAPE_MISMATCH, TENSORS_NOT_FINITE, MODEL_VARIANCE_NEGATIVE
 */
export function checkWeights(model: Model, tensors: NamedTensors): NamedTensors {
  const relevant = new Map([...tensors].filter(([name]) => !STEP_COUNTER.test(name)));
  const weights = inOrder([...model.parameters, ...model.buffers], relevant);
  for (const { name, role } of model.buffers) {
    const { data } = weights.get(name) as Tensor;
    const index = role === 'running-var' ? data.findIndex((value) => value < 0) : -1;
    if (index >= 0) throw new LeakscopeError('MODEL_VARIANCE_NEGATIVE', { tensor: name, index, value: data[index] });
  }
  return weights;
}

/**
 * An update of `model` in PyTorch's order: one tensor per parameter, and the changes of those buffers that it brings
 * (clients that train their batch norms send all of them, others none).
 * @throws TENSORS_MISSING, TENSORS_UNEXPECTED, TENSORS_SHAPE_MISMATCH, TENSORS_NOT_FINITE
 */
export function checkUpdate(model: Model, update: NamedTensors): NamedTensors {
  return inOrder([...model.parameters, ...model.buffers.filter(({ name }) => update.has(name))], update);
}

function inOrder(specs: readonly ParameterSpec[], tensors: NamedTensors): NamedTensors {
  checkShapes(tensors, specs);
  checkFinite(tensors);
  return new Map(specs.map(({ name }) => [name, tensors.get(name) as Tensor]));
}

/** Writes a model's checked weights, F32 unless `dtype` says otherwise, with `arch` and `metadata`. */
export async function saveWeights(
  path: string,
  model: Model,
  tensors: NamedTensors,
  options: { readonly dtype?: 'F32' | 'F16' | 'BF16'; readonly metadata?: Readonly<Record<string, string>> } = {},
): Promise<void> {
  const { dtype = 'F32', metadata = {} } = options;
  await writeSafetensors(path, checkWeights(model, tensors), { dtype, metadata: { ...metadata, arch: model.name } });
}
