/** Which executors a suite runs on. */
import { tryGpu, whyUnavailable } from '../executors/choose.ts';
import type { ExecutorName } from '../executors/executor.ts';

/** Whether suites run on a GPU that software imitates: minutes of what a GPU does in seconds. */
const ON_SOFTWARE = process.env.LEAKSCOPE_SOFTWARE_GPU === '1';

/** Why a suite is skipped on an executor; undefined where it is not. */
export function whyUntested(executor: ExecutorName): string | undefined {
  const missing = whyUnavailable(executor);
  if (missing !== undefined || (executor !== 'onnx-webgpu' && executor !== 'onnx-cuda')) return missing;
  const result = tryGpu(executor);
  if (!result.works || !result.software || ON_SOFTWARE) return undefined;
  return `${result.device} is software and takes minutes; pnpm test:webgpu runs it`;
}
