/** Errors of tensors in memory and in safetensors files. */
import { entry, show } from './entry.ts';

export const tensorsErrors = {
  TENSORS_FILE_INVALID: entry<{ path: string; reason: string }>(
    'input',
    (d) => `${d.path} is no valid safetensors file: ${d.reason}`,
    'Write the file again; it may be truncated or come from another program.',
  ),
  TENSORS_FILE_UNREADABLE: entry<{ path: string; reason: string }>(
    'input',
    (d) => `cannot read ${d.path}: ${d.reason}`,
    'Check the path and its permissions.',
  ),
  TENSORS_MISSING: entry<{ tensor: string }>(
    'input',
    (d) => `tensor ${show(d.tensor)} is missing`,
    'Names follow PyTorch, for example conv1.weight; check the architecture.',
  ),
  TENSORS_NOT_FINITE: entry<{ tensor: string; index: number; value: unknown }>(
    'input',
    (d) => `tensor ${show(d.tensor)} holds ${d.value} at index ${d.index}`,
    'A diverged training step is the usual cause: lower the learning rate.',
  ),
  TENSORS_OVERFLOW: entry<{ tensor: string; index: number; value: number; dtype: string }>(
    'input',
    (d) => `tensor ${show(d.tensor)} holds ${d.value} at index ${d.index}, beyond the range of ${d.dtype}`,
    'Write the file as F32 or BF16.',
  ),
  TENSORS_SHAPE_MISMATCH: entry<{ tensor: string; expected: readonly number[]; actual: readonly number[] }>(
    'input',
    (d) => `tensor ${show(d.tensor)} has shape [${d.actual.join(', ')}], expected [${d.expected.join(', ')}]`,
    'Check the architecture, the number of classes and the resolution.',
  ),
  TENSORS_UNEXPECTED: entry<{ tensor: string }>(
    'input',
    (d) => `tensor ${show(d.tensor)} is not one of this model's`,
    'Check that the file was written for this architecture.',
  ),
};
