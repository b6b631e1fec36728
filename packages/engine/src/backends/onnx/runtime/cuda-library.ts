/** ONNX Runtime's CUDA code: a library that its npm package does not carry and its install script fetches. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import type { Unavailable } from '../../unavailable.ts';

/** The folder of the installed npm package onnxruntime-node. */
const packageFolder = (): string => dirname(dirname(createRequire(import.meta.url).resolve('onnxruntime-node')));

/** The folder of its native libraries for this machine. */
export const bindingFolder = (): string => join(packageFolder(), 'bin', 'napi-v6', process.platform, process.arch);

/** The libraries that CUDA needs there; the install script puts them beside the binding. */
const LIBRARIES = ['libonnxruntime_providers_cuda.so', 'libonnxruntime_providers_shared.so'];

/** The libraries that are missing in `folder`. */
export const missingProviders = (folder = bindingFolder()): string[] =>
  LIBRARIES.filter((name) => !existsSync(join(folder, name)));

/** The only platform that the install script has CUDA for. */
export const hasCudaBuild = (platform: string = process.platform, arch: string = process.arch): boolean =>
  platform === 'linux' && arch === 'x64';

/** Why CUDA cannot work here, as far as files tell; undefined where only a probe can. */
export function cudaMissing(): Unavailable | undefined {
  if (!hasCudaBuild()) {
    return {
      works: false,
      reason: `ONNX Runtime has CUDA for Linux on x64 only, not ${process.platform} on ${process.arch}`,
    };
  }
  const [name] = missingProviders();
  return name === undefined ? undefined : { works: false, reason: `${name} is not installed`, missing: 'provider' };
}

/** The command that fetches them, from the current folder; no install script runs by itself (docs/toolchain.md). */
export const installCommand = (): string =>
  `node ${relative(process.cwd(), join(packageFolder(), 'script', 'install.js'))} --onnxruntime-node-install-cuda=v12`;
