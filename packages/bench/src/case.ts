/** One benchmark case: a call timed many times, with what is needed to compare it with another machine's. */
import { availableParallelism, cpus, totalmem } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { defaultThreads, type ExecutorChoice } from '@leakscope/engine';
import { LeakscopeError } from '@leakscope/shared/errors';
import { version } from '@leakscope/shared/version';
import type { Peer, PeerTimes } from './peer.ts';

export interface BenchOptions {
  readonly executor?: ExecutorChoice;
  /** Threads of one call; default the engine's choice. */
  readonly threads?: number;
  /** Timed calls of each case; default 20, and in `audits` those of 100 updates. */
  readonly calls?: number;
  /** Another implementation, timed in turn with ours. */
  readonly peer?: Peer;
  readonly signal?: AbortSignal;
  /** Told of what takes minutes. */
  readonly onProgress?: (progress: BenchProgress) => void;
  /** Takes over: calls are timed when it asks for them, until it resolves. */
  readonly onDemand?: (watch: Stopwatch) => Promise<void>;
}

/** A case that is ready to be timed. */
interface Stopwatch {
  /** As in `Timed`. */
  readonly candidates: number;
  /** Milliseconds of each of the next `calls` calls. */
  calls(calls: number): Promise<number[]>;
}

export interface BenchProgress {
  readonly case: string;
  readonly done: number;
  readonly total: number;
  readonly unit: string;
}

/** A case that can be measured. */
export interface Planned {
  readonly name: string;
  measure(options: BenchOptions): Promise<BenchCase>;
}

/** One JSON line of `leakscope bench`. */
export interface BenchCase {
  readonly name: string;
  readonly median_ms: number;
  /** Distance between the quartiles. */
  readonly iqr_ms: number;
  readonly min_ms: number;
  readonly calls: number;
  /** Megabytes that the process grew by after the first timed call: a leak shows over many calls. */
  readonly growth_mb: number;
  /** Candidates or examples that one call evaluates, or updates that it audits. */
  readonly items: number;
  /** Items a minute, of audits. */
  readonly per_minute?: number;
  /** 10^9 multiplications and additions that one call stands for, however it goes about them; absent where nobody counted. */
  readonly gmac?: number;
  /** Median milliseconds of the case's yardstick in the same run, and what share of the yardstick's rate the case reaches. */
  readonly yardstick_ms?: number;
  readonly peak_share?: number;
  /** The same case in another implementation, in the same run; absent where it was not asked or does not have the case. */
  readonly peer?: PeerTiming;
  /** Largest relative error of the case's results against the reference computed in the same run. */
  readonly rel_error: number;
  readonly engine: string;
  readonly threads: number;
  /** Absent, as what follows, where it is part of a call. */
  readonly compile_ms?: number;
  /** To open the first session. */
  readonly open_ms?: number;
  /** To open another of the same program: what a second attack takes to begin. Median of three; absent where it was not measured. */
  readonly reopen_ms?: number;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly memory_gb: number };
  readonly versions: Readonly<Record<string, string>>;
}

/** Above this relative error a benchmark has measured something else. */
export const LARGEST_ERROR = 1e-4;

/** Throws CLI_BENCH_WRONG where a case did not compute what it should, or nothing that could be compared. */
export function mustBeRight({ name, rel_error }: Pick<BenchCase, 'name' | 'rel_error'>): void {
  if (!(rel_error <= LARGEST_ERROR)) {
    throw new LeakscopeError('CLI_BENCH_WRONG', { case: name, error: rel_error, limit: LARGEST_ERROR });
  }
}

interface PeerTiming {
  readonly name: string;
  readonly median_ms: number;
  readonly iqr_ms: number;
  readonly calls: number;
  /** Candidates that one of its calls evaluates, or updates that it audits. */
  readonly candidates: number;
  /** Its median for as much work as a call of ours does, over ours: above 1, ours is faster. */
  readonly ratio: number;
}

export type Timing = Pick<
  BenchCase,
  'median_ms' | 'iqr_ms' | 'min_ms' | 'calls' | 'growth_mb' | 'yardstick_ms' | 'peer'
>;

/** What is timed. */
export interface Timed<T> {
  readonly name: string;
  /** Makes a call's inputs, outside the clock; `index` counts calls from 0, the untimed ones included. */
  prepare(index: number): T | Promise<T>;
  call(inputs: T): Promise<unknown>;
  /** Untimed calls; default 3. */
  readonly warmUp?: number;
  /** Candidates, or updates, that one call takes side by side, where a peer may take fewer. Default 1. */
  readonly candidates?: number;
  /** Something whose rate is known, timed in turns with it. */
  yardstick?(): Promise<unknown>;
}

/** Calls in a row before the peer has its turn: a machine that slows down for a while slows both. */
const TURN = 5;
/** Milliseconds until the idle threads of the one no longer spin and take a core from the other. */
const REST = 300;

/** Times the calls one by one: in turns with the yardstick's and the peer's, or when they are asked for. */
export async function time<T>(timed: Timed<T>, options: BenchOptions): Promise<Timing> {
  const { name, candidates = 1, warmUp = 3 } = timed;
  const { peer, signal, onDemand } = options;
  if (peer !== undefined && warmUp > 0) await peer.time(name, 1);
  const times: number[] = [];
  let [next, before] = [0, 0];
  const call = async (): Promise<number> => {
    signal?.throwIfAborted();
    const inputs = await timed.prepare(next++);
    const start = performance.now();
    await timed.call(inputs);
    return performance.now() - start;
  };
  while (next < warmUp) await call();
  const calls = async (asked: number): Promise<number[]> => {
    for (let i = 0; i < asked; i++) {
      times.push(await call());
      if (times.length === 1) before = process.memoryUsage.rss();
    }
    return times.slice(-asked);
  };
  const done = (): Timing => {
    const growth_mb = Math.round((process.memoryUsage.rss() - before) / 1e6);
    return { ...summary(times), calls: times.length, growth_mb };
  };
  if (onDemand !== undefined) {
    await onDemand({ candidates, calls });
    return done();
  }
  const { rods, theirs } = await inTurns(calls, timed, options);
  const ours = done();
  return {
    ...ours,
    ...(rods.length > 0 && { yardstick_ms: summary(rods).median_ms }),
    ...(peer && theirs.ms.length > 0 && { peer: compared(peer.name, theirs, ours.median_ms / candidates) }),
  };
}

/** Times as many calls as `options` say, a turn of them at a time, and after each turn the others'. */
async function inTurns<T>(
  ours: Stopwatch['calls'],
  { name, yardstick }: Timed<T>,
  { calls = 20, peer }: BenchOptions,
): Promise<{ rods: number[]; theirs: PeerTimes }> {
  const rods: number[] = [];
  let theirs: PeerTimes = { ms: [], candidates: 1 };
  for (let left = calls; left > 0; left -= TURN) {
    await ours(Math.min(TURN, left));
    if (yardstick !== undefined) {
      await pause(REST);
      rods.push(...(await inARow(yardstick)));
      await pause(REST);
    }
    if (peer === undefined) continue;
    await pause(REST);
    const { ms, candidates } = await peer.time(name, Math.min(TURN, calls));
    theirs = { ms: [...theirs.ms, ...ms], candidates };
    await pause(REST);
  }
  return { rods, theirs };
}

/** A peer's times beside what a candidate takes us. */
function compared(name: string, { ms, candidates }: PeerTimes, ours: number): PeerTiming {
  const { median_ms, iqr_ms } = summary(ms);
  const ratio = Math.round((1000 * median_ms) / (candidates * ours)) / 1000;
  return { name, median_ms, iqr_ms, calls: ms.length, candidates, ratio };
}

/** A turn's calls, after one that fills the caches. */
async function inARow(call: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i <= TURN; i++) {
    const start = performance.now();
    await call();
    if (i > 0) times.push(performance.now() - start);
  }
  return times;
}

function summary(times: readonly number[]): { median_ms: number; iqr_ms: number; min_ms: number } {
  const sorted = times.toSorted((a, b) => a - b);
  return {
    median_ms: rounded(quantile(sorted, 0.5)),
    iqr_ms: rounded(quantile(sorted, 0.75) - quantile(sorted, 0.25)),
    min_ms: rounded(sorted[0] as number),
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

/** The middle of numbers in any order. */
export const median = (numbers: readonly number[]): number =>
  quantile(
    numbers.toSorted((a, b) => a - b),
    0.5,
  );

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

/** The engine's part of the options. */
export const engineOf = ({ executor, threads }: BenchOptions): Pick<BenchOptions, 'executor' | 'threads'> => ({
  ...(executor !== undefined && { executor }),
  ...(threads !== undefined && { threads }),
});

/** By what and where a case ran, and what it took to begin: `marks` are the times before compiling, after it and after opening. */
export function conditions(
  { executor }: { readonly executor: string },
  { threads }: BenchOptions,
  marks?: readonly [start: number, compiled: number, opened: number],
): Pick<BenchCase, 'engine' | 'threads' | 'compile_ms' | 'open_ms' | 'machine' | 'versions'> {
  const where = environment();
  return {
    engine: executor,
    threads: threads ?? defaultThreads(),
    ...(marks && { compile_ms: rounded(marks[1] - marks[0]), open_ms: rounded(marks[2] - marks[1]) }),
    ...where,
  };
}

/** Where a case ran. */
export function environment(): Pick<BenchCase, 'machine' | 'versions'> {
  return {
    machine: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: availableParallelism(),
      memory_gb: Math.round(totalmem() / 2 ** 30),
    },
    versions: { leakscope: version(), node: process.versions.node },
  };
}
