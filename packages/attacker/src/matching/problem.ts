/** What is matched: the victim model, the attacker's prior, and how two gradients are compared. */
import type { Transform } from '@leakscope/defenses';
import type { Classifier, Generator } from '@leakscope/models';
import type { Chosen } from '../contract/part.ts';
import type { Objective } from './objectives/objective.ts';
import type { Regulariser } from './regularisers/regulariser.ts';

/**
 * `ghost` where a layer's cost model says so (`auto`), in every layer that can be (`ghost`), or in none (`explicit`).
 * Explicit in each: masked tensors, function transforms, and convolutions whose Gram matrices would hold more than 2^26
 * entries (positions^2 x population, `LARGEST_GRAM` in cost.ts), as the first layer's do from 91x91 pixels on.
 */
export type MatchingForm = 'auto' | 'ghost' | 'explicit';

export interface MatchingProblem {
  readonly model: Classifier;
  /** The prior that the candidates are drawn through; `null` searches pixels. */
  readonly generator: Generator | null;
  /** Candidates evaluated at once, each with its own loss and gradient; with several updates an equal share for each, in their order. */
  readonly population: number;
  /** Images of a candidate: the client's batch. */
  readonly batch?: number;
  readonly objective: Chosen<Objective>;
  /**
   * The attacker's view of each update's defence. One update, compared as it is, by default; several are updates that met the
   * same weights, and their transforms must have one signature (`signatureOf`).
   */
  readonly transforms?: readonly Transform[];
  /** Default `auto`. */
  readonly form?: MatchingForm;
  /** Added to the loss of each candidate; default nothing. */
  readonly regularisers?: readonly Chosen<Regulariser>[];
  /**
   * `given` (default) with each evaluation, or `searched` with the pixels: an image's searched entries then end with its logits, whose softmax
   * is its label.
   */
  readonly labels?: 'given' | 'searched';
  /** `running` (default) or the candidate's own statistics, for updates of clients that train batch norm; needs population 1. */
  readonly statistics?: 'running' | 'batch';
  /**
   * Compare only the rows that `MatchingKnowledge.rows` keeps (rows.ts). The norm that clipping scales by is then that of those rows,
   * which an objective that sees directions alone (cosine) does not notice.
   */
  readonly rows?: boolean;
  /** Leave out the gradient: the value alone, for searches without derivatives. */
  readonly valueOnly?: boolean;
}

/** Intercepted updates that are compared with at once. */
export const updatesOf = (problem: MatchingProblem): number => problem.transforms?.length ?? 1;

/** Images in one evaluation. */
export const imagesOf = (problem: MatchingProblem): number => problem.population * (problem.batch ?? 1);
