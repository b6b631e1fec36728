/** A partition, cut into one shard a client. */
import type { Experiment } from '@leakscope/shared/config';
import type { Random } from '@leakscope/shared/random';
import type { Dataset } from './dataset.ts';
import { impossible, type Portion } from './partitioners/partitioner.ts';
import { PARTITIONERS } from './partitioners/registry.ts';

export interface Shard extends Portion {
  /** Place of the client in the experiment file, from 0. */
  readonly client: number;
  /** Indices into the dataset, ascending. */
  readonly indices: readonly number[];
}

/** A partitioner by its kind, and its parameters. */
export type ShardsConfig = Partial<Experiment['shards']> & Pick<Experiment['shards'], 'kind'>;

/**
 * Cuts the partition that the config names, `clients` by default: every example goes to exactly one of `clients` shards, and no shard is empty.
 * Throws DATA_SHARDS_IMPOSSIBLE, DATA_ATTRIBUTE_UNKNOWN.
 */
export function shards(
  dataset: Dataset,
  { clients, ...config }: ShardsConfig & { clients: number },
  random: Random,
): Shard[] {
  const all = dataset.partition(config.partition ?? 'clients');
  if (!Number.isInteger(clients) || clients < 1 || clients > all.length) {
    throw impossible('clients', clients, `the ${config.partition ?? 'clients'} partition holds ${all.length} examples`);
  }
  const partitioner = PARTITIONERS[config.kind];
  const portions = partitioner.deal(dataset, all, clients, partitioner.params.parse(config), random);
  return portions.map((portion, client) => ({
    ...portion,
    client,
    indices: portion.indices.toSorted((a, b) => a - b),
  }));
}
