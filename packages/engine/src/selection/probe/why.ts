/** Why a GPU executor does not work, from what its probe printed on stderr: what it threw says only that it does not. */
import type { Unavailable } from '../../backends/unavailable.ts';
import type { Probed } from './result.ts';

/** The reason of a failed probe, as precise as what it printed allows. */
export function explained(
  executor: Probed,
  failure: Unavailable,
  stderr: string,
  platform: string = process.platform,
): Unavailable {
  if (executor === 'onnx-cuda') return cuda(stderr) ?? failure;
  if (executor !== 'onnx-webgpu' || platform !== 'linux' || !/WebGPU adapter/.test(failure.reason)) return failure;
  return vulkan(stderr) ?? failure;
}

/** ONNX Runtime names the file that it cannot load, and the system the library that this one wants. */
function cuda(stderr: string): Unavailable | undefined {
  const [, file, error = ''] = /Failed to load library (\S+) with error: (.+)/.exec(stderr) ?? [];
  if (file === undefined) return undefined;
  const wanted = /([^\s/:]+\.so[.\d]*): cannot open shared object file/.exec(error)?.[1];
  const name = file.split('/').at(-1) as string;
  if (wanted === undefined) return { works: false, reason: `${name} cannot be loaded: ${error.trim()}` };
  if (wanted === name) return { works: false, reason: `${name} is not installed`, missing: 'provider' };
  return { works: false, reason: `${wanted}, which ${name} needs, is not installed`, missing: 'library' };
}

/** Vulkan's loader tells what it looks for, finds and opens (`TELLING_ENVIRONMENT`), and Dawn why it refuses a device. */
function vulkan(stderr: string): Unavailable | undefined {
  if (!/^(?:\S+ \| )*(?:DRIVER|LAYER|INFO|DEBUG|ERROR|WARNING)\b.*:/m.test(stderr)) {
    return { works: false, reason: 'no Vulkan loader (libvulkan.so.1) is installed', missing: 'loader' };
  }
  if (/Found no drivers/.test(stderr))
    return { works: false, reason: 'no Vulkan driver is installed', missing: 'driver' };
  const devices = [...stderr.matchAll(/^.*DRIVER:\s+\[\d+\] (.+?)\s*$/gm)].map(([, name = '']) => name);
  if (devices.length === 0) return { works: false, reason: 'the Vulkan drivers find no device', missing: 'driver' };
  const [, refusal = 'WebGPU asks for more than it can do'] = /^Warning: (.+?)\.?$/m.exec(stderr) ?? [];
  const names = [...new Set(devices)].join(', ');
  return { works: false, reason: `Vulkan has ${names}, which WebGPU refuses: ${refusal}`, missing: 'device' };
}
