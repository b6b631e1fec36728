/** One benchmark case: a call timed many times, with what is needed to compare it with another machine's. */
import { createRequire } from 'node:module';
import { availableParallelism, cpus, totalmem } from 'node:os';
import type { ExecutorChoice } from '@leakscope/engine';

export interface BenchOptions {
  readonly executor?: ExecutorChoice;
  /** Threads of one call; default the engine's choice. */
  readonly threads?: number;
  /** Timed calls of each case after three untimed ones; default 20. */
  readonly calls?: number;
  readonly signal?: AbortSignal;
  /** Told of each case as soon as it is measured. */
  readonly onCase?: (result: BenchCase) => void;
}

/** One JSON line of `leakscope bench`. */
export interface BenchCase {
  readonly name: string;
  readonly median_ms: number;
  /** Distance between the quartiles. */
  readonly iqr_ms: number;
  readonly min_ms: number;
  readonly calls: number;
  /** Largest relative error of the case's results against the reference computed in the same run. */
  readonly rel_error: number;
  readonly engine: string;
  readonly threads: number;
  readonly compile_ms: number;
  readonly open_ms: number;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly memory_gb: number };
  readonly versions: Readonly<Record<string, string>>;
}

/** Above this relative error a benchmark has measured something else: the command fails. */
export const LARGEST_ERROR = 1e-4;

/** Whether every case computed what it should. */
export const allCorrect = (cases: readonly BenchCase[]): boolean =>
  cases.every(({ rel_error }) => rel_error <= LARGEST_ERROR);

export interface Timing {
  readonly median_ms: number;
  readonly iqr_ms: number;
  readonly min_ms: number;
  readonly calls: number;
}

const WARM_UP = 3;

/** Times `call` with inputs made outside the clock; `index` counts calls from 0, the untimed ones included. */
export async function time<T>(
  prepare: (index: number) => T,
  call: (inputs: T) => Promise<unknown>,
  { calls = 20, signal }: BenchOptions,
): Promise<Timing> {
  const times: number[] = [];
  for (let index = 0; index < WARM_UP + calls; index++) {
    signal?.throwIfAborted();
    const inputs = prepare(index);
    const start = performance.now();
    await call(inputs);
    if (index >= WARM_UP) times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return {
    median_ms: rounded(quantile(times, 0.5)),
    iqr_ms: rounded(quantile(times, 0.75) - quantile(times, 0.25)),
    min_ms: rounded(times[0] as number),
    calls,
  };
}

/** Milliseconds to the microsecond. */
export const rounded = (ms: number): number => Math.round(ms * 1000) / 1000;

/** By linear interpolation between order statistics. */
export function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const low = sorted[Math.floor(at)] as number;
  const high = sorted[Math.ceil(at)] as number;
  return low + (high - low) * (at - Math.floor(at));
}

/** ||got - want|| / ||want||; 0 where both are zero. */
export function relativeError(got: ArrayLike<number>, want: ArrayLike<number>): number {
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < want.length; i++) {
    difference += ((got[i] as number) - (want[i] as number)) ** 2;
    norm += (want[i] as number) ** 2;
  }
  return difference === 0 ? 0 : Math.sqrt(difference / norm);
}

/** Where a case ran. */
export function environment(): Pick<BenchCase, 'machine' | 'versions'> {
  const require = createRequire(import.meta.url);
  const manifest: { version: string } = require('../../package.json');
  return {
    machine: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: availableParallelism(),
      memory_gb: Math.round(totalmem() / 2 ** 30),
    },
    versions: { leakscope: manifest.version, node: process.versions.node },
  };
}
