/** Benchmarks of what takes the time: matching steps, populations, a client's training step, a generator's, whole audits; and the machine's peak. */
import { auditCases } from './audits.ts';
import type { Planned } from './case.ts';
import { generatorCases } from './generator.ts';
import { matchingCases, populationCases } from './matching.ts';
import { peakCases } from './peak.ts';
import { trainingCases } from './training.ts';

export { answerAsPeer } from './as-peer.ts';
export {
  type BenchCase,
  type BenchOptions,
  type BenchProgress,
  mustBeRight,
  type Planned,
} from './case.ts';
export { type Comparison, History } from './history.ts';
export { openPeer, type Peer } from './peer.ts';

/** The cases of each benchmark, in the order in which they are measured. */
export const BENCHES: ReadonlyMap<string, () => Planned[]> = new Map([
  ['matching', matchingCases],
  ['population', populationCases],
  ['training', trainingCases],
  ['generator', generatorCases],
  ['audits', auditCases],
  ['peak', peakCases],
]);
