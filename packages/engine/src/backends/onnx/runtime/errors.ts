/** What a GPU's runtime throws, as errors that say what happened and what to do. */
import { LeakscopeError, reasonOf } from '@leakscope/shared/errors';
import type { ExecutorName } from '../../executor.ts';
import type { OnnxDevice } from '../device.ts';
import { cudaMissing } from './cuda-library.ts';

export const executorOn = { cpu: 'onnx', webgpu: 'onnx-webgpu', cuda: 'onnx-cuda' } as const satisfies Record<
  OnnxDevice,
  ExecutorName
>;

/** How Dawn, WebGPU's allocator, CUDA and ONNX Runtime's arena report it. */
const OUT_OF_MEMORY =
  /out.of.(device.)?memory|ran out of memory|OUT_OF_(DEVICE|HOST)_MEMORY|ALLOC_FAILED|cudaErrorMemoryAllocation|failed to allocate|exceed\w* (the )?max\w*(Buffer|Binding)Size|bad_alloc/i;

const LOST =
  /device (is |was )?lost|lost device|DEVICE_LOST|CUDA (error|failure)|CUDNN_STATUS|CUBLAS_STATUS|cudaError|an illegal memory access/i;

/** The last part of ONNX Runtime's message, which says what happened; the rest names places in its sources. */
export function shortReason(error: unknown): string {
  const lines = reasonOf(error)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the runtime colours what it logs.
    .replace(/\u001b\[[\d;]*m/g, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(at |- While )/.test(line));
  const text = lines.map((line) => line.replace(/^.*(?:with error: ?|FAIL ?: |was false\. ?)/, '')).join(' ');
  return text.replace(/\s+/g, ' ').trim().slice(0, 300);
}

/** An error that opening a session on `device` threw. */
export function openingError(device: OnnxDevice, program: string, cause: unknown): unknown {
  if (device === 'cpu' || cause instanceof LeakscopeError) return cause;
  // CUDA's own message says no more than that a library cannot be loaded.
  const reason = (device === 'cuda' ? cudaMissing()?.reason : undefined) ?? shortReason(cause);
  const executor = executorOn[device];
  if (OUT_OF_MEMORY.test(reasonOf(cause)))
    return new LeakscopeError('ENGINE_DEVICE_MEMORY', { executor, program, reason, cause });
  return new LeakscopeError('ENGINE_EXECUTOR_UNAVAILABLE', { executor, reason, cause });
}

/** An error that a call on `device` threw. */
export function runningError(device: OnnxDevice, program: string, cause: unknown): unknown {
  if (device === 'cpu' || cause instanceof LeakscopeError) return cause;
  const details = { executor: executorOn[device], program, reason: shortReason(cause), cause };
  if (OUT_OF_MEMORY.test(reasonOf(cause))) return new LeakscopeError('ENGINE_DEVICE_MEMORY', details);
  return new LeakscopeError('ENGINE_DEVICE_FAILED', details);
}

/** Whether `error` means that this process has lost the device. */
export const isLost = (error: unknown): boolean => LOST.test(reasonOf(error));
