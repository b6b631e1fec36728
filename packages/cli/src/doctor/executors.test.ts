/** What doctor says of GPUs, given what a probe found. */
import { expect, it } from 'vitest';
import { gpuFinding } from './executors.ts';

const timings = { matching: { own: 2, cpu: 20 }, training: { own: 10, cpu: 30 } };

it('says how fast a GPU is beside the CPU', () => {
  const finding = gpuFinding('onnx-webgpu', { works: true, device: 'NVIDIA L4', software: false, timings });
  expect(finding).toEqual({
    name: 'executor onnx-webgpu',
    status: 'ok',
    detail: 'NVIDIA L4: matching at 10.0x the CPU, training at 3.0x the CPU',
  });
});

it('says of a GPU that software imitates what it is for', () => {
  const finding = gpuFinding('onnx-webgpu', { works: true, device: 'llvmpipe', software: true, timings });
  expect(finding.detail).toBe('works, on a software device (llvmpipe): for tests only, auto never takes it');
});

it.each([
  ['onnx-webgpu', 'loader', /apt-get install libvulkan1/],
  ['onnx-webgpu', 'driver', /Vulkan driver/],
  ['onnx-webgpu', 'device', /newer driver/],
  ['onnx-webgpu', undefined, /Metal/],
  [
    'onnx-cuda',
    'provider',
    process.platform === 'linux' && process.arch === 'x64' ? /install\.js .*cuda=v12/ : /onnx-webgpu/,
  ],
  ['onnx-cuda', 'library', process.platform === 'linux' && process.arch === 'x64' ? /cuDNN 9/ : /onnx-webgpu/],
] as const)('%s without its %s has a remedy', (executor, missing, remedy) => {
  const failure = { works: false, reason: 'it lacks something', ...(missing !== undefined && { missing }) } as const;
  expect(gpuFinding(executor, failure)).toEqual({
    name: `executor ${executor}`,
    status: 'missing',
    detail: 'it lacks something',
    remedy: expect.stringMatching(remedy),
  });
});
