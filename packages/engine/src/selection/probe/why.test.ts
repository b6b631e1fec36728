/** What is made of a probe's stderr; the texts are what Vulkan's loader, Dawn and ONNX Runtime printed. */
import { expect, it } from 'vitest';
import { explained } from './why.ts';

const noAdapter = { works: false, reason: 'Failed to get a WebGPU adapter: No supported adapters' } as const;

it.each([
  ['no loader', 'error: XDG_RUNTIME_DIR is invalid or not set in the environment.\n', 'loader', 'libvulkan.so.1'],
  [
    'no driver',
    'DRIVER:              Found no files\nERROR | DRIVER:   vkCreateInstance: Found no drivers!\n',
    'driver',
    'no Vulkan driver is installed',
  ],
  [
    'drivers without a device',
    'DRIVER:           Found ICD manifest file /usr/share/vulkan/icd.d/radeon_icd.x86_64.json, version "1.0.0"\n',
    'driver',
    'find no device',
  ],
  [
    'a device that is too old',
    `INFO | DRIVER:         Original order:
INFO | DRIVER:               [0] llvmpipe (LLVM 15.0.6, 256 bits)
Warning: Vulkan shaderUniform*ArrayDynamicIndexing required.
 - While initializing adapter (backend=BackendType::Vulkan)
`,
    'device',
    'Vulkan has llvmpipe (LLVM 15.0.6, 256 bits), which WebGPU refuses: Vulkan shaderUniform*ArrayDynamicIndexing required',
  ],
])('WebGPU with %s', (_, stderr, missing, reason) => {
  expect(explained('onnx-webgpu', noAdapter, stderr, 'linux')).toEqual({
    works: false,
    missing,
    reason: expect.stringContaining(reason),
  });
});

it('says no more than it was told where there is no Vulkan, or where it failed later', () => {
  expect(explained('onnx-webgpu', noAdapter, '', 'darwin')).toBe(noAdapter);
  const later = { works: false, reason: 'it computes wrong numbers' } as const;
  expect(explained('onnx-webgpu', later, '', 'linux')).toBe(later);
});

const failed = { works: false, reason: 'Failed to load shared library' } as const;
const load = (file: string, error: string): string =>
  `[E:onnxruntime] FAIL : Failed to load library /x/bin/${file} with error: ${error}\n`;

it.each([
  [
    'libonnxruntime_providers_cuda.so',
    '/x/bin/libonnxruntime_providers_cuda.so: cannot open shared object file: No such file or directory',
    'provider',
    'libonnxruntime_providers_cuda.so is not installed',
  ],
  [
    'libonnxruntime_providers_cuda.so',
    'libcudnn.so.9: cannot open shared object file: No such file or directory',
    'library',
    'libcudnn.so.9, which libonnxruntime_providers_cuda.so needs, is not installed',
  ],
  [
    'libonnxruntime_providers_cuda.so',
    "/lib/libc.so.6: version `GLIBC_2.38' not found",
    undefined,
    "libonnxruntime_providers_cuda.so cannot be loaded: /lib/libc.so.6: version `GLIBC_2.38' not found",
  ],
])('CUDA with %s: %s', (file, error, missing, reason) => {
  expect(explained('onnx-cuda', failed, load(file, error))).toEqual({
    works: false,
    reason,
    ...(missing !== undefined && { missing }),
  });
});
