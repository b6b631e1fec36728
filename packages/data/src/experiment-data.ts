/** The dataset and the shards of an experiment: every process that opens them gets the same. */
import type { Experiment } from '@leakscope/shared/config';
import { seeded } from '@leakscope/shared/random';
import type { Dataset } from './dataset.ts';
import { openDataset } from './open.ts';
import { type Shard, shards } from './shards.ts';

/** Opens the experiment's dataset; a relative path starts at `base`, by default the current folder. */
export function openExperimentData(
  { data }: Pick<Experiment, 'data'>,
  options: { base?: string } = {},
): Promise<Dataset> {
  return openDataset(data, options);
}

/** Each client's shard by its id. Throws DATA_SHARDS_IMPOSSIBLE, DATA_ATTRIBUTE_UNKNOWN. */
export function clientShards(
  { seed, shards: config, clients }: Pick<Experiment, 'seed' | 'shards' | 'clients'>,
  dataset: Dataset,
): Map<string, Shard> {
  const dealt = shards(dataset, { ...config, clients: clients.length }, seeded(seed, 'shards'));
  return new Map(clients.map(({ id }, i) => [id, dealt[i] as Shard]));
}
