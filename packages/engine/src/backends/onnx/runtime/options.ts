/** How a session is opened on each device. */
import type { InferenceSession } from 'onnxruntime-node';
import { defaultThreads } from '../../threads.ts';
import type { OnnxDevice } from '../device.ts';
import type { OnnxNode } from '../format.ts';

interface DeviceOptions {
  /** 0 or absent: `defaultThreads`. */
  readonly threads?: number | undefined;
  /** Outputs that stay in the device's memory; WebGPU only. */
  readonly onDevice?: readonly string[];
  /** Nodes, by name, that the CPU runs; WebGPU only. */
  readonly onCpu?: readonly string[];
}

/** Shaders may be off by 2^-11 in these (WebGPU Shading Language, accuracy of built-in functions). */
const INEXACT: ReadonlySet<string> = new Set(['Sin', 'Cos']);

/** Names of the nodes that a device does not compute to float32's accuracy. */
export const inexactOn = (device: OnnxDevice, nodes: readonly OnnxNode[]): string[] =>
  device === 'webgpu' ? nodes.flatMap(({ type, outputs }) => (INEXACT.has(type) ? outputs.slice(0, 1) : [])) : [];

/** Options of a session on a device. */
export function deviceOptions(
  device: OnnxDevice,
  { threads, onDevice = [], onCpu = [] }: DeviceOptions = {},
): InferenceSession.SessionOptions {
  return {
    executionProviders: [onCpu.length === 0 ? device : { name: device, forceCpuNodeNames: onCpu }],
    graphOptimizationLevel: 'all',
    // Sessions on a GPU warn of each copy between it and the CPU, which the user can do nothing about.
    logSeverityLevel: 3,
    // ONNX Runtime's own default counts physical cores, and finds one of two on some virtual machines.
    intraOpNumThreads: threads || defaultThreads(),
    ...(onDevice.length === 0
      ? {}
      : { preferredOutputLocation: Object.fromEntries(onDevice.map((name) => [name, 'gpu-buffer' as const])) }),
    // Gradients near a solution are full of denormals, which cost a CPU a hundred times a normal number.
    extra: {
      session: { set_denormal_as_zero: '1' },
      // It would undo the paddings that `lower/webgpu-conv.ts` takes out of convolutions.
      ...(device === 'webgpu' && { optimization: { disable_specified_optimizers: 'Pad_Fusion' } }),
    },
  };
}

/**
 * Keeps CUDA's libraries to float32 products, as the other executors have them: from Ampere on they would round factors to ten
 * bits (TF32). They read the environment once, when they are loaded; what the user set stands.
 */
export function exactProducts(): void {
  process.env.NVIDIA_TF32_OVERRIDE ??= '0';
}
