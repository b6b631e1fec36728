/** Which executors a suite runs on. */
import type { ExecutorName } from '../backends/executor.ts';
import { tryGpu, whyUnavailable } from '../selection/choose.ts';

/** Whether suites run on a GPU that software imitates: minutes of what a GPU does in seconds. */
const ON_SOFTWARE = process.env.LEAKSCOPE_SOFTWARE_GPU === '1';

/** Whether an executor runs on a GPU that software imitates. */
export function isImitated(executor: ExecutorName): boolean {
  if (executor !== 'onnx-webgpu' && executor !== 'onnx-cuda') return false;
  const result = tryGpu(executor);
  return result.works && result.software;
}

/** Why a suite is skipped on an executor; undefined where it is not. */
export function whyUntested(executor: ExecutorName): string | undefined {
  const missing = whyUnavailable(executor);
  if (missing !== undefined || ON_SOFTWARE || !isImitated(executor)) return missing;
  return 'its device is software and takes minutes; pnpm test:webgpu runs it';
}
