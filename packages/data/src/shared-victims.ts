/** `shards.victims: shared`: the faces that every audited client holds and takes first, so that each defence meets the same victims. */
import type { Experiment } from '@leakscope/shared/config';
import { seeded } from '@leakscope/shared/random';
import type { Dataset } from './dataset.ts';
import { impossible } from './partitioners/partitioner.ts';
import type { Shard } from './shards.ts';

/** A shard, and those of its examples that come first in the client's order. */
export interface ClientShard extends Shard {
  /** Indices into the dataset, as rounds take them; the others of `indices` follow shuffled. Empty where victims are not shared. */
  readonly victims: readonly number[];
}

/**
 * Takes as many faces as an audited stage attacks out of all shards, drawn by the seed from the partition that is dealt, and gives them to every
 * client that is audited. A control is left out: what it is handed must hold nothing of its own faces. Throws DATA_SHARDS_IMPOSSIBLE where a
 * client would be left without an example.
 */
export function shareVictims(
  dealt: readonly Shard[],
  { seed, shards, stages, clients }: Pick<Experiment, 'seed' | 'shards' | 'stages' | 'clients'>,
  dataset: Dataset,
): ClientShard[] {
  const victims = seeded(seed, 'victims')
    .shuffle(dataset.partition(shards.partition))
    .slice(0, victimCount(stages, clients));
  const taken = new Set(victims);
  return dealt.map((shard, i) => {
    const client = clients[i] as Client;
    const own = shard.indices.filter((index) => !taken.has(index));
    const first = shares(client) ? victims : [];
    if (own.length + first.length === 0) {
      throw impossible('shards.victims', 'shared', `client ${client.id} is left without an example of its own`);
    }
    return { ...shard, victims: first, indices: [...own, ...first].toSorted((a, b) => a - b) };
  });
}

type Client = Experiment['clients'][number];

const shares = ({ auditVictims, swapWith }: Client): boolean => auditVictims !== 0 && swapWith === undefined;

/** Examples behind the audited updates of the client and stage that have most. */
function victimCount(stages: Experiment['stages'], clients: readonly Client[]): number {
  const sharing = clients.filter(shares);
  const counts = stages
    .filter(({ audit }) => audit)
    .flatMap(({ rounds, clients: members, training }) =>
      sharing
        .filter(({ id }) => members === 'all' || members.includes(id))
        .map(({ auditVictims }) => {
          // A client that is drawn for some rounds alone may be audited in any of them.
          const all = auditVictims === 'all' || training.clientsPerRound !== 'all';
          return (all ? rounds : Math.min(rounds, auditVictims)) * training.localSteps * training.batchSize;
        }),
    );
  return Math.max(0, ...counts);
}
