/** One stage of a search that goes from space to space: some starts, one optimiser, one objective. */

import { rest } from '@leakscope/models';
import type { NamedTensors } from '@leakscope/shared/tensors';
import { inCalls } from '../../batching/calls.ts';
import { evenly, largestPopulation } from '../../batching/populations.ts';
import type { AttackContext, Outcome } from '../../contract/attack.ts';
import type { Chosen } from '../../contract/part.ts';
import { oneHotRows } from '../../matching/client-gradient.ts';
import { type LossFunction, openLossFunction } from '../../matching/loss-function.ts';
import type { Objective } from '../../matching/objectives/objective.ts';
import type { MatchingForm } from '../../matching/problem.ts';
import type { Regulariser } from '../../matching/regularisers/regulariser.ts';
import type { Halves } from '../../matching/rows.ts';
import type { Optimiser, RunningOptimiser } from '../../search/optimisers/optimiser.ts';
import { type SearchResult, search } from '../../search/search.ts';
import type { Case } from '../case.ts';

export interface Stage {
  /** As records name what it found. */
  readonly name: string;
  /** Where it searches: before which stage of the generator; 0 are the latents. */
  readonly space: number;
  /** Searches side by side, each from a start of its own. */
  readonly starts: number;
  readonly objective: Chosen<Objective>;
  readonly regulariser?: Chosen<Regulariser>;
  readonly optimiser: Chosen<Optimiser>;
}

/** What holds for all stages of an attack. */
export interface StageOptions {
  /** For messages. */
  readonly attack: string;
  readonly form: MatchingForm;
  /** Where given, one half of the gradient is fitted, and the other says what a point is worth. */
  readonly halves?: Halves;
  /** Changes the optimiser on its way, to keep its points in a ball say. */
  readonly within?: (optimiser: RunningOptimiser) => RunningOptimiser;
  readonly context: AttackContext;
}

/** Steps between two looks at the half that judges. */
const JUDGE_EVERY = 25;

/** Evaluations of a candidate that `steps` steps of a stage take, those of the judge included. */
export const evaluationsOf = (steps: number, starts: number, judged: boolean): number =>
  starts * (steps + (judged ? looks(steps) : 0));

/** Times that the judge is asked in so many steps: at the first of each round, and at the last. */
const looks = (steps: number): number =>
  Math.ceil(steps / JUDGE_EVERY) + (steps > 1 && (steps - 1) % JUDGE_EVERY !== 0 ? 1 : 0);

/** Runs a stage from `start`, [starts × batch × entries]. @throws what the engine throws, and the signal's reason */
export async function runStage(
  one: Case,
  stage: Stage,
  start: Float32Array,
  options: StageOptions,
): Promise<Outcome<SearchResult>> {
  const { attack, halves, within = (same) => same, context } = options;
  const { optimiser } = stage;
  const fitted = await open(one, stage, options, halves?.fitted, false);
  const judge = halves && (await open(one, stage, options, halves.held, true));
  try {
    const [outcome] = await search({
      attack,
      optimiser: within(optimiser.part.open({ start, random: [] }, optimiser.params)),
      evaluate: fitted.evaluate,
      restarts: stage.starts,
      steps: optimiser.params.steps,
      ...(judge && { judge: { every: JUDGE_EVERY, losses: async (points) => (await judge.evaluate(points)).losses } }),
      context,
    });
    return outcome as Outcome<SearchResult>;
  } finally {
    await fitted.release();
    await judge?.release();
  }
}

/** Candidates in a call: all, as far as memory allows; one where a batch's own statistics would couple them. */
function perCallOf({ statistics, model, batchSize }: Case, starts: number, { population }: AttackContext): number {
  return statistics === 'batch' ? 1 : evenly(starts, population ?? largestPopulation(model, batchSize));
}

async function open(
  one: Case,
  { space, starts, objective, regulariser }: Stage,
  { form, context }: StageOptions,
  rows: NamedTensors | undefined,
  valueOnly: boolean,
): Promise<LossFunction> {
  const { model, prior, weights, gradient, labels, transform, batchSize, statistics } = one;
  const { executor, threads } = context;
  const perCall = perCallOf(one, starts, context);
  const everyLabel = Array.from({ length: perCall }, () => labels).flat();
  const { evaluate, release } = await openLossFunction({
    problem: {
      model,
      generator: rest(prior.generator, space),
      population: perCall,
      batch: batchSize,
      objective,
      transforms: [transform],
      form,
      // A judge weighs gradients alone.
      ...(regulariser === undefined || valueOnly ? {} : { regularisers: [regulariser] }),
      statistics,
      valueOnly,
      rows: rows !== undefined,
    },
    knowledge: {
      weights,
      updates: [gradient],
      generatorWeights: prior.weights,
      ...(rows === undefined ? {} : { rows: [rows] }),
    },
    labels: oneHotRows(everyLabel, perCall * batchSize, model.classes),
    ...(executor === undefined ? {} : { executor }),
    ...(threads === undefined ? {} : { threads }),
  });
  return { evaluate: inCalls(evaluate, { updates: 1, candidates: starts, perCall }), release };
}
