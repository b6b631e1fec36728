/** The dataset and the shards of an experiment: every process that opens them gets the same. */
import type { Experiment } from '@leakscope/shared/config';
import { LeakscopeError } from '@leakscope/shared/errors';
import { seeded } from '@leakscope/shared/random';
import type { Dataset } from './dataset.ts';
import { openDataset } from './open.ts';
import { impossible } from './partitioners/partitioner.ts';
import { shards } from './shards.ts';
import { type ClientShard, shareVictims } from './shared-victims.ts';

/**
 * Opens the experiment's dataset; a relative path starts at `base`, by default the current folder. Throws DATA_ errors, and
 * CONFIG_VALUE_INVALID where the dataset has more classes than the model's head.
 */
export async function openExperimentData(
  { data, model }: Pick<Experiment, 'data' | 'model'>,
  options: { base?: string } = {},
): Promise<Dataset> {
  const dataset = await openDataset(data, options);
  if (dataset.classes <= model.classes) return dataset;
  await dataset.close();
  throw new LeakscopeError('CONFIG_VALUE_INVALID', {
    field: 'model.classes',
    value: model.classes,
    reason: `${dataset.name} has ${dataset.classes} classes`,
  });
}

/**
 * Each client's shard by its id. Throws DATA_SHARDS_IMPOSSIBLE, also where a shard cannot fill one batch of a stage, and
 * DATA_ATTRIBUTE_UNKNOWN.
 */
export function clientShards(
  experiment: Pick<Experiment, 'seed' | 'shards' | 'clients' | 'stages'>,
  dataset: Dataset,
): Map<string, ClientShard> {
  const { seed, shards: config, clients, stages } = experiment;
  const dealt = shards(dataset, { ...config, clients: clients.length }, seeded(seed, 'shards'));
  const held =
    config.victims === 'shared'
      ? shareVictims(dealt, experiment, dataset)
      : dealt.map((shard) => ({ ...shard, victims: [] }));
  const byId = new Map(clients.map(({ id }, i) => [id, held[i] as ClientShard]));
  for (const [i, { clients: members, training }] of stages.entries()) {
    for (const [id, { indices }] of byId) {
      if (indices.length >= training.batchSize || (members !== 'all' && !members.includes(id))) continue;
      // The same face would stand in one batch twice, and count as two examples.
      const reason = `client ${id} holds ${indices.length} examples`;
      throw impossible(`stages.${i}.training.batchSize`, training.batchSize, reason);
    }
  }
  return byId;
}
