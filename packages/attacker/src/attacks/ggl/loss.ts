/** What GGL minimises: the matching loss of a cohort's candidates, in one graph. */
import { inCalls } from '../../batching/calls.ts';
import { evenly, largestPopulation } from '../../batching/populations.ts';
import type { AttackContext } from '../../contract/attack.ts';
import { oneHotRows } from '../../matching/client-gradient.ts';
import { type LossFunction, openLossFunction } from '../../matching/loss-function.ts';
import type { MatchingProblem } from '../../matching/problem.ts';
import type { Case } from '../case.ts';
import { type GglSettings, workloadOf } from './parameters.ts';

/** Population where none is given and values alone are asked for: as many candidates as gain most of what is to be gained. */
const DEFAULT_POPULATION = 16;

/** Candidates of each of `cases` in one call. A search by gradients has all of them in it where no population is given. */
export function perCallOf(cases: readonly Case[], settings: GglSettings, { population }: AttackContext): number {
  const [{ statistics, model, batchSize }] = cases as [Case];
  const { candidates, gradient } = workloadOf(settings);
  // A batch's own statistics would couple candidates.
  if (statistics === 'batch') return 1;
  if (population === undefined && gradient) return candidates;
  const most = population ?? Math.min(DEFAULT_POPULATION, largestPopulation(model, batchSize));
  return evenly(candidates, Math.floor(most / cases.length));
}

/** The first case's problem, for as many updates as there are cases. */
function problemOf(cases: readonly Case[], perCall: number, settings: GglSettings): MatchingProblem {
  const [{ model, prior, batchSize, statistics }] = cases as [Case];
  return {
    model,
    generator: prior.generator,
    population: cases.length * perCall,
    batch: batchSize,
    objective: settings.loss,
    transforms: cases.map(({ transform }) => transform),
    form: settings.matching,
    regularisers: [settings.regulariser],
    statistics,
    valueOnly: !workloadOf(settings).gradient,
  };
}

/** The loss of one call: `perCall` candidates of each of `cases`, which must be alike. */
export async function openCall(
  cases: readonly Case[],
  perCall: number,
  settings: GglSettings,
  context: AttackContext,
): Promise<LossFunction> {
  const [first] = cases as [Case];
  const problem = problemOf(cases, perCall, settings);
  const everyLabel = cases.flatMap(({ labels }) => Array.from({ length: perCall }, () => labels).flat());
  const { executor, threads } = context;
  return openLossFunction({
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

/** The loss of a step: all candidates of each of `cases`, in as many calls as that takes. */
export async function openStep(
  cases: readonly Case[],
  perCall: number,
  settings: GglSettings,
  context: AttackContext,
): Promise<LossFunction> {
  const { evaluate, release } = await openCall(cases, perCall, settings, context);
  const { candidates } = workloadOf(settings);
  return { evaluate: inCalls(evaluate, { updates: cases.length, candidates, perCall }), release };
}
