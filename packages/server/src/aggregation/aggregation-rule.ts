/** The contract of an aggregation rule: how the server makes one update of a round's updates. One file a rule. */
import { defined, type Registered } from '@leakscope/shared/module';
import type { NamedTensors } from '@leakscope/shared/tensors';
import type { z } from 'zod';

/** Updates folded into one, each as it comes: memory does not grow with the clients. */
export interface Fold {
  /**
   * Adds an update of `weight` examples. Every update has the same names and shapes, and finite values; they come in the
   * order of the experiment's clients, whatever order they arrived in. Must not change or keep `update`.
   */
  add(update: NamedTensors, weight: number): void;
  /** The aggregate, as float32; empty before the first `add`. */
  result(): NamedTensors;
}

interface Described<P> extends Registered {
  readonly kind: 'aggregation rule';
  /** One line for the documentation. */
  readonly summary: string;
  /** Validates and completes the parameters. */
  readonly params: z.ZodType<P>;
}

/** A rule that can do with one update at a time. */
export interface FoldingRule<P = unknown> extends Described<P> {
  readonly sees: 'updates';
  start(params: P): Fold;
}

/** A rule that looks at one entry of all updates at a time. */
export interface EntrywiseRule<P = unknown> extends Described<P> {
  readonly sees: 'entries';
  /** The aggregate's entry from those of the clients, at least one; all count alike. `values` may be reordered. */
  combine(values: Float64Array, params: P): number;
}

export type AggregationRule<P = unknown> = FoldingRule<P> | EntrywiseRule<P>;

type Parts<R, S> = Omit<R, 'kind' | 'module' | 'params'> & { readonly params: S };

/** Types a rule by its parameter schema; returns it with its kind. */
export function defineAggregation<S extends z.ZodType>(
  rule: Parts<FoldingRule<z.output<S>>, S> | Parts<EntrywiseRule<z.output<S>>, S>,
): AggregationRule<z.output<S>> {
  return defined('aggregation rule', rule) as AggregationRule<z.output<S>>;
}
