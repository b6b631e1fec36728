/** The contract of a partitioner: which examples of a partition each client holds. */
import { LeakscopeError } from '@leakscope/shared/errors';
import type { Random } from '@leakscope/shared/random';
import type { z } from 'zod';
import type { Dataset } from '../dataset.ts';

/** What all examples of a shard have in common, by the rule that made it. */
export interface Stratum {
  readonly attribute: string;
  readonly value: boolean;
}

/** What one client holds. */
export interface Portion {
  /** Indices into the dataset, in any order. */
  readonly indices: readonly number[];
  /** Absent where the rule looks at labels alone or at nothing. */
  readonly stratum?: Stratum;
}

export interface Partitioner<Name extends string = string, Params = unknown> {
  /** As `shards.kind` names it. */
  readonly name: Name;
  /** Validates the parameters: keys of `shards`. Keys of others are not looked at. */
  readonly params: z.ZodType<Params>;
  /**
   * Deals all of `examples`, indices into the dataset, to `clients` clients, one portion each, none of them empty: a function of its arguments
   * alone. `clients` is at most the number of examples. Throws DATA_SHARDS_IMPOSSIBLE, DATA_ATTRIBUTE_UNKNOWN.
   */
  deal(dataset: Dataset, examples: readonly number[], clients: number, params: Params, random: Random): Portion[];
}

/** Types a partitioner by its name and its parameter schema; returns it unchanged. */
export function definePartitioner<const Name extends string, Schema extends z.ZodType>(
  partitioner: Omit<Partitioner<Name, z.output<Schema>>, 'params'> & { readonly params: Schema },
): Partitioner<Name, z.output<Schema>> {
  return partitioner as Partitioner<Name, z.output<Schema>>;
}

/** `n` parts in order, whose sizes differ by one at most. */
export function equalParts(items: readonly number[], n: number): number[][] {
  return Array.from({ length: n }, (_, k) =>
    items.slice(Math.floor((k * items.length) / n), Math.floor(((k + 1) * items.length) / n)),
  );
}

export function impossible(field: string, value: unknown, reason: string): LeakscopeError {
  return new LeakscopeError('DATA_SHARDS_IMPOSSIBLE', { field, value, reason });
}
