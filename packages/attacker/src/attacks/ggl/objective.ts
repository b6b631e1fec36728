/** What GGL minimises: the matching loss of candidates of several updates that are alike, in one graph. */

import { inCalls } from '../../batching/calls.ts';
import { evenly, mostCandidates } from '../../batching/graph-sizes.ts';
import type { AttackContext } from '../../contract/attack.ts';
import { oneHotRows } from '../../matching/client-gradient.ts';
import { type MatchingObjective, openObjective } from '../../matching/matching-objective.ts';
import type { MatchingProblem } from '../../matching/problem.ts';
import type { Case } from './case.ts';
import { type GglParameters, workloadOf } from './parameters.ts';

/** Where no width is given: Adam takes all its restarts at once, and CMA-ES as many candidates as gain most of what is to be gained. */
const DEFAULT_WIDTH = 16;

/** Candidates of each of `cases` in one call. */
export function widthFor(cases: readonly Case[], options: GglParameters, { width }: AttackContext): number {
  const [{ statistics, model, batchSize }] = cases as [Case];
  const { candidates, gradient } = workloadOf(options);
  // A batch's own statistics would couple candidates.
  if (statistics === 'batch') return 1;
  if (width === undefined && gradient) return candidates;
  const most = width ?? Math.min(DEFAULT_WIDTH, mostCandidates(model, batchSize));
  return evenly(candidates, Math.floor(most / cases.length));
}

/** The first case's problem, for as many updates as there are cases. */
function problemOf(cases: readonly Case[], width: number, options: GglParameters): MatchingProblem {
  const [{ model, prior, batchSize, statistics }] = cases as [Case];
  return {
    model,
    generator: prior.generator,
    population: cases.length * width,
    batch: batchSize,
    loss: options.loss,
    reduction: options.lossScale,
    transforms: cases.map(({ transform }) => transform),
    form: options.matching,
    regulariser: { kind: options.regulariser, weight: options.regulariserWeight },
    statistics,
    valueOnly: !workloadOf(options).gradient,
  };
}

/** The objective of one call: `width` candidates of each of `cases`, which must be alike. */
export async function openCall(
  cases: readonly Case[],
  width: number,
  options: GglParameters,
  context: AttackContext,
): Promise<MatchingObjective> {
  const [first] = cases as [Case];
  const problem = problemOf(cases, width, options);
  const everyLabel = cases.flatMap(({ labels }) => Array.from({ length: width }, () => labels).flat());
  const { executor, threads } = context;
  return openObjective({
    problem,
    knowledge: {
      weights: first.weights,
      updates: cases.map(({ gradient }) => gradient),
      generatorWeights: first.prior.weights,
    },
    labels: oneHotRows(everyLabel, problem.population * first.batchSize, first.model.classes),
    ...(executor === undefined ? {} : { executor }),
    ...(threads === undefined ? {} : { threads }),
  });
}

/** The objective of a step: all candidates of each of `cases`, in as many calls as that takes. */
export async function openStep(
  cases: readonly Case[],
  width: number,
  options: GglParameters,
  context: AttackContext,
): Promise<MatchingObjective> {
  const { evaluate, release } = await openCall(cases, width, options, context);
  const { candidates } = workloadOf(options);
  return { evaluate: inCalls(evaluate, { updates: cases.length, candidates, width }), release };
}
