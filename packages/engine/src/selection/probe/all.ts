/** Probes of everything that `auto` may choose. */
import { cudaMissing } from '../../backends/onnx/runtime/cuda-library.ts';
import { addonPaths } from '../../backends/tensorflow/addon.ts';
import { type ProbeResults, probesOnce } from './cache.ts';
import type { ProbeResult } from './result.ts';
import { type ProbeOptions, probe } from './run.ts';

/** Tries the executor `onnx-cuda`; nothing is started where its code is not there. */
export const probeCuda = async (options?: ProbeOptions): Promise<ProbeResult> =>
  cudaMissing() ?? (await probe('onnx-cuda', options));

/** Tries the GPUs and, where one works and TensorFlow is there to be compared with, TensorFlow. One after another: they are timed. */
async function probeAll(): Promise<ProbeResults> {
  const gpus = { 'onnx-cuda': await probeCuda(), 'onnx-webgpu': await probe('onnx-webgpu') };
  const worthIt = Object.values(gpus).some((result) => result.works && !result.software);
  return { ...gpus, ...(worthIt && addonPaths().length > 0 && { tensorflow: await probe('tensorflow') }) };
}

let known: Promise<ProbeResults> | undefined;

/** What is known of this machine's executors; found out once a machine, and read once a process. */
export function knownProbes(): Promise<ProbeResults> {
  known ??= probesOnce(probeAll).then((results) => results ?? {});
  return known;
}
