/** The contract of an optimiser: many searches at once, which ask for points and are told what those are worth. */
import { defined } from '@leakscope/shared/module';
import type { Random } from '@leakscope/shared/random';
import { z } from 'zod';
import type { Part } from '../../contract/part.ts';

/** Values of the points that were asked for. */
export interface Evaluation {
  /** One a point. */
  readonly losses: Float32Array;
  /** d loss / d point, as `ask` lays points out; empty for an optimiser that asks for values alone. */
  readonly gradient: Float32Array;
}

/** Independent searches of `dimension` entries each; a search never sees what another is told. */
export interface Searches {
  /** Where each starts, [searches × dimension]; not to be changed. */
  readonly start: Float32Array;
  /** One stream a search: all its draws come from there. */
  readonly random: readonly Random[];
}

/** Searches on their way. Each asks for as many points a step as the others: [searches × points × dimension], row by row. */
export interface RunningOptimiser {
  /** The points to evaluate next; changed by the next `tell`. */
  ask(): Float32Array;
  tell(evaluation: Evaluation): void;
}

/** What every optimiser's parameters hold. */
export interface OptimiserParameters {
  /** Times that a search asks and is told. */
  readonly steps: number;
}

export interface Optimiser<P extends OptimiserParameters = OptimiserParameters> extends Part {
  readonly kind: 'optimiser';
  readonly params: z.ZodObject<{ steps: z.ZodType<number> }>;
  /** What it must be told of each point; programs for `values` compute no gradient. */
  readonly evaluates: 'gradients' | 'values';
  /** Where its searches start: at draws of the prior, or all of them at the prior's mean. */
  readonly startsAt: 'draws' | 'mean';
  /** Largest dimension; absent where there is none. */
  readonly largestDimension?: number;
  /** Points that one search asks for in a step. */
  points(params: P): number;
  open(searches: Searches, params: P): RunningOptimiser;
}

/** The schema of `steps`; each optimiser has a default of its own. */
export const steps = z.int().min(1).max(1_000_000);

/** Types an optimiser by its parameter schema. */
export const defineOptimiser = <S extends z.ZodObject<{ steps: z.ZodType<number> }>>(
  optimiser: Omit<Optimiser<z.output<S> & OptimiserParameters>, 'kind' | 'params'> & { readonly params: S },
): Optimiser<z.output<S> & OptimiserParameters> & { readonly params: S } => defined('optimiser', optimiser);
