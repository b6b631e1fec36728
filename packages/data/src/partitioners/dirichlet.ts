/** Clients whose labels are skewed: each class is spread over them by its own Dirichlet(alpha) draw (Hsu et al., 2019). */
import type { Random } from '@leakscope/shared/random';
import { z } from 'zod';
import { dirichlet as shares } from './gamma.ts';
import { definePartitioner, impossible } from './partitioner.ts';

/** Draws of Dirichlet shares before giving up on a shard for everybody. */
const MAX_DRAWS = 1000;

export const dirichlet = definePartitioner({
  name: 'dirichlet',
  params: z.object({
    /** The smaller, the less alike the clients. */
    alpha: z.number().positive().max(1e6),
  }),
  deal(dataset, examples, clients, { alpha }, random) {
    const classes = Map.groupBy(random.shuffle(examples), (index) => dataset.label(index));
    const groups = [...classes].sort(([a], [b]) => a - b).map(([, group]) => group);
    for (let draw = 0; draw < MAX_DRAWS; draw++) {
      const dealt = spread(groups, clients, alpha, random);
      if (dealt.every((indices) => indices.length > 0)) return dealt.map((indices) => ({ indices }));
    }
    throw impossible('shards.alpha', alpha, `${MAX_DRAWS} draws all left one of ${clients} clients without examples`);
  },
});

function spread(groups: readonly (readonly number[])[], clients: number, alpha: number, random: Random): number[][] {
  const dealt: number[][] = Array.from({ length: clients }, () => []);
  for (const group of groups) {
    let reached = 0;
    let from = 0;
    shares(clients, alpha, random).forEach((share, client) => {
      reached += share;
      // Rounding may leave the last share short of the whole.
      const to = client === clients - 1 ? group.length : Math.round(reached * group.length);
      dealt[client]?.push(...group.slice(from, to));
      from = to;
    });
  }
  return dealt;
}
