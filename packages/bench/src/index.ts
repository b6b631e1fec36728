/** Benchmarks of what takes the time: matching steps, populations, a client's training step, a generator's; and the machine's peak. */
import type { BenchCase, BenchOptions } from './case.ts';
import { benchGenerator } from './generator.ts';
import { benchMatching, benchPopulation } from './matching.ts';
import { benchPeak } from './peak.ts';
import { benchTraining } from './training.ts';

export { allCorrect, type BenchCase, type BenchOptions, LARGEST_ERROR } from './case.ts';
export { type Comparison, History } from './history.ts';
export { openPeer, type Peer } from './peer.ts';

/** Each runs its cases, tells `onCase` of each, and gives them all. */
export const BENCHES: ReadonlyMap<string, (options: BenchOptions) => Promise<BenchCase[]>> = new Map([
  ['matching', benchMatching],
  ['population', benchPopulation],
  ['training', benchTraining],
  ['generator', benchGenerator],
  ['peak', benchPeak],
]);
