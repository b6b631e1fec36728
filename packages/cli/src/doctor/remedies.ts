/** How to get an executor that does not work here. */
import { hasCudaBuild, installCommand } from '@leakscope/engine/cuda';
import type { Probed, ProbeResult } from '@leakscope/engine/selection';

type Failure = Extract<ProbeResult, { works: false }>;

/** What to do about a failed probe. */
export function remedyFor(executor: Probed, { missing }: Failure): string {
  switch (executor) {
    case 'onnx':
      return 'Install again: the package onnxruntime-node carries its CPU code for Linux (glibc), macOS and Windows on x64 and arm64.';
    case 'tensorflow':
      return 'It is optional: `leakscope doctor --install tensorflow` builds it; docs/toolchain.md, "TensorFlow", says from what. The onnx executor does the same work.';
    case 'onnx-webgpu':
      return webgpu(missing);
    case 'onnx-cuda':
      return cuda(missing);
    default:
      return executor satisfies never;
  }
}

const CONTAINER =
  'In a container, hand the GPU in (/dev/dri; with NVIDIA, --gpus all and NVIDIA_DRIVER_CAPABILITIES=compute,utility,graphics).';

function webgpu(missing: Failure['missing']): string {
  if (missing === 'loader') return `On Debian: apt-get install libvulkan1, and the driver of the GPU. ${CONTAINER}`;
  if (missing === 'driver') {
    return `Install the GPU's Vulkan driver (Debian: mesa-vulkan-drivers for AMD and Intel; NVIDIA's own). ${CONTAINER}`;
  }
  if (missing === 'device') return 'A newer driver may do, or another GPU.';
  return 'It needs a GPU and its driver: Vulkan (Linux), Metal (macOS) or Direct3D 12 (Windows). Update the driver if it is there.';
}

function cuda(missing: Failure['missing']): string {
  if (!hasCudaBuild()) return 'Take onnx-webgpu, which needs no CUDA.';
  // Which release of CUDA that code was built with, only the libraries tell that it then asks for.
  const libraries =
    'CUDA and cuDNN 9 where the loader finds them (LD_LIBRARY_PATH), of the versions in the names that it asks for';
  if (missing === 'provider')
    return `With an NVIDIA GPU: run \`${installCommand()}\`, then doctor again. It needs ${libraries}.`;
  if (missing === 'library') return `Install ${libraries}.`;
  return `It needs an NVIDIA GPU, its driver, and ${libraries}.`;
}
