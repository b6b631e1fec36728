/** The clients' partition, cut into one shard a client. */
import { LeakscopeError } from '@leakscope/shared/errors';
import type { Random } from '@leakscope/shared/random';
import { z } from 'zod';
import { knownAttribute } from './attribute.ts';
import type { Dataset } from './dataset.ts';
import { dirichlet } from './gamma.ts';

export const shardsSchema = z.discriminatedUnion('kind', [
  /** A shuffle, cut into equal parts. */
  z.strictObject({ kind: z.literal('iid') }),
  /** Each class is spread over the clients by its own Dirichlet(alpha) draw (Hsu et al., 2019): small alpha, skewed labels. */
  z.strictObject({ kind: z.literal('dirichlet'), alpha: z.number().positive().max(1e6) }),
  /** Even clients hold faces with the attribute, odd ones faces without. */
  z.strictObject({ kind: z.literal('attribute'), attribute: z.string().min(1) }),
]);
export type ShardsConfig = z.infer<typeof shardsSchema>;

/** What all examples of a shard have in common, by the rule that made it. */
export interface Stratum {
  readonly attribute: string;
  readonly value: boolean;
}

export interface Shard {
  /** Place of the client in the experiment file, from 0. */
  readonly client: number;
  /** Indices into the dataset, ascending. */
  readonly indices: readonly number[];
  /** Absent where the rule looks at labels alone or at nothing. */
  readonly stratum?: Stratum;
}

/** Draws of Dirichlet shares before giving up on a shard for everybody. */
const MAX_DRAWS = 1000;

/**
 * Cuts the `clients` partition: every example goes to exactly one of `clients` shards, and no shard is empty.
 * Throws DATA_SHARDS_IMPOSSIBLE, DATA_ATTRIBUTE_UNKNOWN.
 */
export function shards(dataset: Dataset, plan: ShardsConfig & { clients: number }, random: Random): Shard[] {
  const { clients } = plan;
  const all = dataset.partition('clients');
  if (!Number.isInteger(clients) || clients < 1 || clients > all.length) {
    throw impossible('clients', clients, `the clients' partition holds ${all.length} examples`);
  }
  switch (plan.kind) {
    case 'iid':
      return deal(random.shuffle(all), clients).map((indices, client) => ({ client, indices: ascending(indices) }));
    case 'dirichlet':
      return byDirichlet(dataset, clients, plan.alpha, random).map((indices, client) => ({
        client,
        indices: ascending(indices),
      }));
    case 'attribute':
      return byAttribute(dataset, clients, plan.attribute, random);
    default:
      return plan satisfies never;
  }
}

function byDirichlet(dataset: Dataset, clients: number, alpha: number, random: Random): number[][] {
  const classes = Map.groupBy(random.shuffle(dataset.partition('clients')), (index) => dataset.label(index));
  const groups = [...classes].sort(([a], [b]) => a - b).map(([, group]) => group);
  for (let draw = 0; draw < MAX_DRAWS; draw++) {
    const result: number[][] = Array.from({ length: clients }, () => []);
    for (const group of groups) {
      let reached = 0;
      let from = 0;
      dirichlet(clients, alpha, random).forEach((share, client) => {
        reached += share;
        const to = client === clients - 1 ? group.length : Math.round(reached * group.length);
        result[client]?.push(...group.slice(from, to));
        from = to;
      });
    }
    if (result.every((shard) => shard.length > 0)) return result;
  }
  throw impossible('shards.alpha', alpha, `${MAX_DRAWS} draws all left one of ${clients} clients without examples`);
}

function byAttribute(dataset: Dataset, clients: number, name: string, random: Random): Shard[] {
  const attribute = knownAttribute('shards.attribute', name, dataset.attributeNames, dataset.name);
  if (clients < 2)
    throw impossible('shards.kind', 'attribute', 'it needs two clients, one with the attribute and one without');
  const mixed = random.shuffle(dataset.partition('clients'));
  const sides = [true, false].map((value, side) => {
    const holders = Math.ceil((clients - side) / 2);
    const group = mixed.filter((index) => dataset.attributes(index)[attribute] === value);
    if (group.length < holders) {
      throw impossible(
        'shards.attribute',
        attribute,
        `${group.length} examples ${value ? 'with' : 'without'} it for ${holders} clients`,
      );
    }
    return deal(group, holders);
  });
  return Array.from({ length: clients }, (_, client) => ({
    client,
    indices: ascending(sides[client % 2]?.[Math.trunc(client / 2)] as number[]),
    stratum: { attribute, value: client % 2 === 0 },
  }));
}

/** `n` parts whose sizes differ by one at most. */
function deal(items: readonly number[], n: number): number[][] {
  return Array.from({ length: n }, (_, k) =>
    items.slice(Math.floor((k * items.length) / n), Math.floor(((k + 1) * items.length) / n)),
  );
}

function ascending(indices: readonly number[]): number[] {
  return indices.toSorted((a, b) => a - b);
}

function impossible(field: string, value: unknown, reason: string): LeakscopeError {
  return new LeakscopeError('DATA_SHARDS_IMPOSSIBLE', { field, value, reason });
}
