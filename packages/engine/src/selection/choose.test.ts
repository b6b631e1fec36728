/** What `auto` takes, given what probes found. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { autoExecutors, chosen, fastest } from './choose.ts';
import type { ProbeResult } from './probe/result.ts';

/** A probe that found an executor so many times as fast as the CPU. */
const found = (matching: number, training: number, software = false): ProbeResult => ({
  works: true,
  device: 'a device',
  software,
  timings: { matching: { own: 1, cpu: matching }, training: { own: 1, cpu: training } },
});
const broken: ProbeResult = { works: false, reason: 'no driver' };

describe('fastest', () => {
  it.each([
    ['the GPU where it is faster', { 'onnx-webgpu': found(5, 3) }, 'matching', 'onnx', 'onnx-webgpu'],
    [
      'CUDA before WebGPU where CUDA is faster',
      { 'onnx-webgpu': found(5, 3), 'onnx-cuda': found(9, 9) },
      'matching',
      'onnx',
      'onnx-cuda',
    ],
    [
      'WebGPU before CUDA where WebGPU is faster',
      { 'onnx-webgpu': found(9, 3), 'onnx-cuda': found(5, 9) },
      'matching',
      'onnx',
      'onnx-webgpu',
    ],
    ['each kind by its own measurement', { 'onnx-webgpu': found(0.5, 3) }, 'matching', 'onnx', 'onnx'],
    ['the CPU where a GPU is hardly faster', { 'onnx-webgpu': found(1.1, 1.1) }, 'matching', 'onnx', 'onnx'],
    ['never a GPU that software imitates', { 'onnx-webgpu': found(50, 50, true) }, 'matching', 'onnx', 'onnx'],
    ['what works', { 'onnx-webgpu': broken, 'onnx-cuda': found(2, 2) }, 'training', 'onnx', 'onnx-cuda'],
    [
      'the CPU where nothing works',
      { 'onnx-webgpu': broken, 'onnx-cuda': broken },
      'training',
      'tensorflow',
      'tensorflow',
    ],
    ['the CPU where nothing is known', {}, 'matching', 'onnx', 'onnx'],
    [
      'TensorFlow where it trains faster',
      { 'onnx-webgpu': found(4, 4), tensorflow: found(1, 8) },
      'training',
      'tensorflow',
      'tensorflow',
    ],
    [
      'a GPU where TensorFlow is slower',
      { 'onnx-webgpu': found(4, 4), tensorflow: found(1, 1.5) },
      'training',
      'tensorflow',
      'onnx-webgpu',
    ],
  ] as const)('takes %s', (_, results, kind, otherwise, expected) => {
    expect(fastest(results, kind, otherwise)).toBe(expected);
  });
});

describe('chosen', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('takes an executor that is named, whether it works or not', async () => {
    expect(await chosen('onnx-cuda', { trains: false })).toBe('onnx-cuda');
  });

  it('is the same for the manifest', async () => {
    vi.stubEnv('LEAKSCOPE_GPU', 'off');
    vi.stubEnv('LEAKSCOPE_HOME', '/nowhere');
    expect(await autoExecutors()).toMatchObject({ attacks: 'onnx' });
  });

  it('starts no probe where GPUs are turned off', async () => {
    vi.stubEnv('LEAKSCOPE_GPU', 'off');
    const start = performance.now();
    expect(await chosen('auto', { trains: false })).toBe('onnx');
    expect(performance.now() - start).toBeLessThan(100);
  });
});
