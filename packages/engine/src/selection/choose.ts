/** Which executor runs a program, and which work here. */
import type { ExecutorName } from '../backends/executor.ts';
import { cudaMissing } from '../backends/onnx/runtime/cuda-library.ts';
import { addonPaths, unavailableReason } from '../backends/tensorflow/addon.ts';
import { knownProbes } from './probe/all.ts';
import type { ProbeResults } from './probe/cache.ts';
import { gpusTurnedOff, mayHaveGpu } from './probe/machine.ts';
import { type Kind, type ProbeResult, speedUp } from './probe/result.ts';
import { probeNow } from './probe/run.ts';

/** `auto` is the fastest executor that works here; any other is taken by name. */
export type ExecutorChoice = ExecutorName | 'auto';

/** What the choice depends on. */
export interface Workload {
  /** Whether the program keeps tensors that its calls change: it trains. */
  readonly trains: boolean;
  /** Whether most of its convolutions' work is over small maps (`small-maps.ts`). */
  readonly smallMaps?: boolean;
  /** Threads of one call; the machine's cores where it is not given. */
  readonly threads?: number | undefined;
}

/** How many times as fast as the CPU a GPU must be; a smaller difference may be chance. */
const WORTHWHILE = 1.2;

/**
 * The executor that a choice names.
 *
 * Without a GPU, `auto` gives training to TensorFlow where it is installed, since its convolutions do not depend on packed weights.
 * Training that is mostly over small maps, and everything else, goes to ONNX Runtime (docs/performance.md). Where there may be a GPU,
 * a probe measures once a machine whether it works and how fast it is.
 */
export async function chosen(
  choice: ExecutorChoice,
  { trains, smallMaps = false, threads }: Workload,
): Promise<ExecutorName> {
  if (choice !== 'auto') return choice;
  const onCpu = trains && !smallMaps && unavailableReason(threads) === undefined ? 'tensorflow' : 'onnx';
  if (gpusTurnedOff() || !mayHaveGpu()) return onCpu;
  return fastest(await knownProbes(), trains ? 'training' : 'matching', onCpu);
}

/** What `auto` takes, by workload. */
export interface AutoExecutors {
  readonly attacks: ExecutorName;
  readonly training: ExecutorName;
  /** Where most of it is over small maps. */
  readonly trainingOnSmallMaps: ExecutorName;
}

/** What `auto` takes on this machine, for a run's manifest. TensorFlow counts as working where it is installed; it is not loaded. */
export async function autoExecutors(): Promise<AutoExecutors> {
  const results = gpusTurnedOff() || !mayHaveGpu() ? {} : await knownProbes();
  return {
    attacks: fastest(results, 'matching', 'onnx'),
    training: fastest(results, 'training', addonPaths().length > 0 ? 'tensorflow' : 'onnx'),
    trainingOnSmallMaps: fastest(results, 'training', 'onnx'),
  };
}

/** The fastest executor for programs of a kind, by what was measured: a GPU's, or else `otherwise`. Never a GPU that software imitates. */
export function fastest(results: ProbeResults, kind: Kind, otherwise: 'onnx' | 'tensorflow'): ExecutorName {
  const toBeat = otherwise === 'tensorflow' ? Math.max(1, speedUp(results.tensorflow, kind)) : 1;
  let [best, speed]: [ExecutorName, number] = [otherwise, WORTHWHILE * toBeat];
  for (const name of ['onnx-cuda', 'onnx-webgpu'] as const) {
    const own = speedUp(results[name], kind);
    if (own > speed) [best, speed] = [name, own];
  }
  return best;
}

export const EXECUTORS: readonly ExecutorName[] = ['onnx', 'onnx-webgpu', 'onnx-cuda', 'tensorflow', 'eager'];

/** ONNX Runtime on a GPU. */
type GpuExecutor = 'onnx-webgpu' | 'onnx-cuda';

export const isOnGpu = (executor: ExecutorName): executor is GpuExecutor =>
  executor === 'onnx-webgpu' || executor === 'onnx-cuda';

const tried = new Map<ExecutorName, ProbeResult>();

/** Whether an executor on a GPU works, tried in another process once for each of ours. */
export function tryGpu(executor: GpuExecutor): ProbeResult {
  const result = tried.get(executor) ?? (executor === 'onnx-cuda' ? cudaMissing() : undefined) ?? probeNow(executor);
  tried.set(executor, result);
  return result;
}

/**
 * Why an executor does not work on this machine; undefined where it does. Asking loads TensorFlow's library where it is installed,
 * and runs a small program on a GPU in another process, which the caller waits for.
 */
export function whyUnavailable(executor: ExecutorName): string | undefined {
  if (executor === 'tensorflow') return unavailableReason();
  if (!isOnGpu(executor)) return undefined;
  const result = tryGpu(executor);
  return result.works ? undefined : result.reason;
}

/** Executors that work on this machine. */
export const availableExecutors = (): readonly ExecutorName[] =>
  EXECUTORS.filter((executor) => whyUnavailable(executor) === undefined);
