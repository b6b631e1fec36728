/** What a probe of an executor found, as its process prints it and as it is kept. */
import type { ExecutorName } from '../../backends/executor.ts';
import type { Unavailable } from '../../backends/unavailable.ts';

/** Executors that are tried in a process of their own, because a driver or a library may end it. */
export type Probed = Exclude<ExecutorName, 'eager'>;

/** What a probe runs: a step of an attack, or a step of training. */
export type Kind = 'matching' | 'training';

/** Milliseconds of one call of a chain. */
export interface Timing {
  readonly own: number;
  /** The same on the executor `onnx`. */
  readonly cpu: number;
}

export type ProbeResult =
  | {
      readonly works: true;
      /** What computes: the adapter's or library's name, as far as it can be learnt. */
      readonly device: string;
      /** A GPU imitated by the CPU. */
      readonly software: boolean;
      /** Absent where nothing was timed. */
      readonly timings?: Readonly<Record<Kind, Timing>>;
    }
  | Unavailable;

/** How many times as fast as the CPU an executor is; 0 where it is no choice. */
export function speedUp(result: ProbeResult | undefined, kind: Kind): number {
  if (result === undefined || !result.works || result.software || result.timings === undefined) return 0;
  const { own, cpu } = result.timings[kind];
  return own > 0 ? cpu / own : 0;
}
