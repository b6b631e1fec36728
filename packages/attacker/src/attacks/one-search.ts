/** One search for one update: some starts in one space, with one objective and one optimiser. */
import type { Generator } from '@leakscope/models';
import { type Random, seeded } from '@leakscope/shared/random';
import { digestTensors, type NamedTensors, sizeOf } from '@leakscope/shared/tensors';
import { inCalls } from '../batching/calls.ts';
import { evenly, largestPopulation } from '../batching/populations.ts';
import type { AttackContext } from '../contract/attack.ts';
import type { Chosen } from '../contract/part.ts';
import { oneHotRows } from '../matching/client-gradient.ts';
import { openLossFunction } from '../matching/loss-function.ts';
import type { Objective } from '../matching/objectives/objective.ts';
import type { MatchingForm } from '../matching/problem.ts';
import type { Regulariser } from '../matching/regularisers/regulariser.ts';
import type { Evaluation, Optimiser, RunningOptimiser } from '../search/optimisers/optimiser.ts';
import { type SearchResult, search } from '../search/search.ts';
import type { Subject } from './case.ts';

/** What one image is searched in: pixels, with the logits of its label or without, or what goes into a generator. */
export type Space =
  | { readonly of: 'pixels'; readonly labels: 'given' | 'searched' }
  | { readonly of: 'generator'; readonly generator: Generator; readonly weights: NamedTensors };

export interface OneSearch {
  /** For messages, and in the path of the draws. */
  readonly attack: string;
  readonly space: Space;
  /** Searches side by side, each from a start of its own. */
  readonly starts: number;
  readonly objective: Chosen<Objective>;
  readonly regularisers?: readonly Chosen<Regulariser>[];
  readonly optimiser: Chosen<Optimiser>;
  /** Of the starts. */
  readonly seed: number;
  /** Where the starts are; default normals, [starts × batch × entries]. */
  readonly from?: Float32Array;
  /** Default `auto`. */
  readonly form?: MatchingForm;
  /** Changes the optimiser on its way, to keep its points in a box say. */
  readonly keep?: (optimiser: RunningOptimiser) => RunningOptimiser;
  /** Changes what all points of a step are worth, where they are to see each other. */
  readonly adjust?: (points: Float32Array, evaluation: Evaluation) => Evaluation;
}

/** Entries that are searched for one image. */
export function entriesOf(space: Space, { model }: Pick<Subject, 'model'>): number {
  switch (space.of) {
    case 'pixels':
      return sizeOf(model.inputShape) + (space.labels === 'searched' ? model.classes : 0);
    case 'generator':
      return space.generator.latent;
    default:
      return space satisfies never;
  }
}

/** Candidates in a call: all, as far as memory allows; one where a batch's own statistics would couple them. */
export function perCallOf(
  { statistics, model, batchSize }: Subject,
  starts: number,
  { population }: AttackContext,
): number {
  return statistics === 'batch' ? 1 : evenly(starts, population ?? largestPopulation(model, batchSize));
}

/** Runs all steps. The update's digest is in the path of every draw: each update has its own, whoever takes it and when. @throws ATTACK_DIVERGED, the signal's reason, what the engine throws */
export async function runSearch(one: Subject, options: OneSearch, context: AttackContext): Promise<SearchResult> {
  const { attack, space, starts, optimiser, seed, keep = (same) => same, adjust = (_, same) => same } = options;
  const draws = (...path: string[]): Random => seeded(seed, attack, digestTensors(one.gradient), ...path);
  const start = options.from ?? draws('starts').normals(starts * one.batchSize * entriesOf(space, one));
  const perCall = perCallOf(one, starts, context);
  const loss = await openLoss(one, options, perCall, context);
  const evaluate = inCalls(loss.evaluate, { updates: 1, candidates: starts, perCall });
  const random = Array.from({ length: starts }, (_, i) => draws(optimiser.part.name, `${i}`));
  try {
    const [outcome] = await search({
      attack,
      optimiser: keep(optimiser.part.open({ start, random }, optimiser.params)),
      evaluate: async (points) => adjust(points, await evaluate(points)),
      restarts: starts,
      steps: optimiser.params.steps,
      context,
    });
    if (outcome === undefined || outcome.status === 'rejected') throw outcome?.reason;
    return outcome.value;
  } finally {
    await loss.release();
  }
}

function openLoss(
  { model, weights, gradient, labels, transform, batchSize, statistics }: Subject,
  { space, objective, regularisers = [], form = 'auto' }: OneSearch,
  perCall: number,
  { executor, threads }: AttackContext,
) {
  const through = space.of === 'generator' ? space : undefined;
  const searched = space.of === 'pixels' && space.labels === 'searched';
  const everyLabel = Array.from({ length: perCall }, () => labels).flat();
  return openLossFunction({
    problem: {
      model,
      generator: through?.generator ?? null,
      population: perCall,
      batch: batchSize,
      objective,
      regularisers,
      transforms: [transform],
      form,
      statistics,
      ...(searched && { labels: 'searched' }),
    },
    knowledge: { weights, updates: [gradient], ...(through && { generatorWeights: through.weights }) },
    ...(searched ? {} : { labels: oneHotRows(everyLabel, perCall * batchSize, model.classes) }),
    ...(executor === undefined ? {} : { executor }),
    ...(threads === undefined ? {} : { threads }),
  });
}
