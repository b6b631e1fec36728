/** The dataset and the shards of an experiment: every process that opens them gets the same. */
import type { Experiment } from '@leakscope/shared/config';
import { seeded } from '@leakscope/shared/random';
import type { Dataset } from './dataset.ts';
import { openDataset } from './open.ts';
import { shards } from './shards.ts';
import { type ClientShard, shareVictims } from './shared-victims.ts';

/** Opens the experiment's dataset; a relative path starts at `base`, by default the current folder. */
export function openExperimentData(
  { data }: Pick<Experiment, 'data'>,
  options: { base?: string } = {},
): Promise<Dataset> {
  return openDataset(data, options);
}

/** Each client's shard by its id. Throws DATA_SHARDS_IMPOSSIBLE, DATA_ATTRIBUTE_UNKNOWN. */
export function clientShards(
  experiment: Pick<Experiment, 'seed' | 'shards' | 'clients' | 'stages'>,
  dataset: Dataset,
): Map<string, ClientShard> {
  const { seed, shards: config, clients } = experiment;
  const dealt = shards(dataset, { ...config, clients: clients.length }, seeded(seed, 'shards'));
  const held =
    config.victims === 'shared'
      ? shareVictims(dealt, experiment, dataset)
      : dealt.map((shard) => ({ ...shard, victims: [] }));
  return new Map(clients.map(({ id }, i) => [id, held[i] as ClientShard]));
}
