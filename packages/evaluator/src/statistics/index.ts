/** What may be concluded from the leak log: the summary of each client, comparisons, the frontier, bounds, calibration. */

export type { ComparedRun } from './arms.ts';
export { type ClaimCheck, checkClaim } from './claim-check.ts';
export { type Comparison, compareRuns } from './comparison.ts';
export { type FrontierPoint, frontier, type Trade } from './frontier.ts';
export { holm } from './holm.ts';
export { type CanaryAudit, canaryEpsilonLowerBound } from './one-run.ts';
export { epsilonLowerBound, muLowerBound, type RankAudit } from './rank-bounds.ts';
export { type ClientSummary, summariseClients } from './summary.ts';
export { continuousP, type Uniformity, uniformity } from './uniformity.ts';
export { jacobianGram, type VanTreesBound, vanTreesBound } from './van-trees.ts';
