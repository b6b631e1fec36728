/** Where CMA-ES goes on when a run has ended: the sizes of the next run, by IPOP (Auger and Hansen 2005) or BIPOP (Hansen 2009). */
import { exponential, logarithm } from '@leakscope/shared/elementary';
import type { Random } from '@leakscope/shared/random';

export const RESTART_STRATEGIES = ['none', 'ipop', 'bipop'] as const;
export type RestartStrategy = (typeof RESTART_STRATEGIES)[number];

export interface Run {
  /** Population in units of the first run's, a whole number. */
  readonly population: number;
  /** Step size in units of the first run's. */
  readonly sigma: number;
  /** Evaluations that it may take, in generations of the first run's size. */
  readonly most: number;
}

const FIRST: Run = { population: 1, sigma: 1, most: Number.POSITIVE_INFINITY };

/** Yields run after run, and is told what each took, in generations of the first run's size. With `none` the first never ends. */
export function runs(strategy: RestartStrategy, random: Random): Generator<Run, never, number> {
  return strategy === 'bipop' ? interlaced(random) : doubled();
}

/** Each run twice as large as the last, for landscapes whose small valleys a large population looks past. */
function* doubled(): Generator<Run, never, number> {
  for (let population = 1; ; population *= 2) yield { ...FIRST, population };
}

/**
 * Doubled runs, and between them small ones of any size from the first run's to half the last large one's, whose steps are up to a hundred times shorter,
 * so that both kinds take about as much.
 */
function* interlaced(random: Random): Generator<Run, never, number> {
  let large = 1;
  let spentSmall = yield FIRST;
  let spentLarge = 0;
  for (;;) {
    if (spentSmall < spentLarge) {
      const [size, length] = [random.uniform(), random.uniform()];
      const population = Math.max(1, Math.floor(exponential(size * size * logarithm(large / 2))));
      const sigma = exponential(-length * logarithm(100));
      spentSmall += yield { population, sigma, most: spentLarge / 2 };
    } else {
      large *= 2;
      spentLarge += yield { ...FIRST, population: large };
    }
  }
}
