import { describe, expect, it } from 'vitest';
import { compile, openSession } from '../../../index.ts';
import type { Tensor } from '../../../tf.ts';
import { cudaMissing } from './cuda-library.ts';
import { isLost, openingError, runningError, shortReason } from './errors.ts';

it.runIf(cudaMissing())('asked for CUDA where its code is not, a session says which file or system lacks', async () => {
  const program = compile({ name: 'test/cuda', inputs: { x: [1] }, fn: ({ x }) => ({ outputs: { x: x as Tensor } }) });
  await expect(openSession(program, { executor: 'onnx-cuda' })).rejects.toMatchObject({
    code: 'ENGINE_EXECUTOR_UNAVAILABLE',
    message: `the executor onnx-cuda cannot be used here: ${cudaMissing()?.reason}`,
  });
});

describe('what a GPU throws', () => {
  it.each([
    ['WebGPU device lost (2): A valid external Instance reference no longer exists.', 'ENGINE_DEVICE_FAILED'],
    ['CUDA failure 700: an illegal memory access was encountered', 'ENGINE_DEVICE_FAILED'],
    ['CUDA failure 2: out of memory ; GPU=0', 'ENGINE_DEVICE_MEMORY'],
    ['BFC Arena ran out of memory trying to allocate 8589934592. Requested 0', 'ENGINE_DEVICE_MEMORY'],
    ['CUBLAS_STATUS_ALLOC_FAILED', 'ENGINE_DEVICE_MEMORY'],
    ['vkAllocateMemory failed with VK_ERROR_OUT_OF_DEVICE_MEMORY', 'ENGINE_DEVICE_MEMORY'],
    ['Non-zero status code returned while running Conv node.', 'ENGINE_DEVICE_FAILED'],
  ])('%s is %s', (message, code) => {
    expect(runningError('webgpu', 'test/x', new Error(message))).toMatchObject({
      code,
      message: expect.stringContaining('test/x'),
    });
  });

  it('while a session is opened means that the executor cannot be used, unless memory lacks', () => {
    const refused = new Error('Failed to get a WebGPU adapter: No supported adapters');
    expect(openingError('webgpu', 'test/x', refused)).toMatchObject({ code: 'ENGINE_EXECUTOR_UNAVAILABLE' });
    expect(openingError('cuda', 'test/x', new Error('out of memory'))).toMatchObject({ code: 'ENGINE_DEVICE_MEMORY' });
  });

  it("leaves the CPU's errors as they are", () => {
    const error = new Error('out of memory');
    expect(runningError('cpu', 'test/x', error)).toBe(error);
    expect(openingError('cpu', 'test/x', error)).toBe(error);
  });

  it.each([
    ['WebGPU device lost (1): x', true],
    ['CUDNN_STATUS_EXECUTION_FAILED', true],
    ['Non-zero status code returned while running Add node.', false],
  ])('%s: lost %s', (message, lost) => expect(isLost(new Error(message))).toBe(lost));

  it('is said without colours, places in sources and stacks', () => {
    const message =
      '\u001b[1;31m[E:onnxruntime] /src/bridge.cc:1988 FAIL : Failed to load it\u001b[m\n - While loading\n    at f (x.cpp:3)';
    expect(shortReason(new Error(message))).toBe('Failed to load it');
  });
});
