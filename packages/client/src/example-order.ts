/** Which examples of its shard a client trains on: without replacement, in a seeded order, whatever happened before. */
import { seeded } from '@leakscope/shared/random';

interface ExampleOrder {
  seed: number | string;
  clientId: string;
  /** Dataset indices of the client's shard; at least one. */
  shard: readonly number[];
  /** Those of them that the first pass begins with, in this order; by default none. */
  victims?: readonly number[];
}

/**
 * The `count` dataset indices at `position` of the client's endless order: the shard shuffled, then shuffled anew for each
 * further pass. It depends on nothing but its arguments, so a client that was killed takes the same examples again.
 */
export function examplesAt(
  { seed, clientId, shard, victims = [] }: ExampleOrder,
  position: number,
  count: number,
): number[] {
  const passes = new Map<number, number[]>();
  return Array.from({ length: count }, (_, offset) => {
    const pass = Math.floor((position + offset) / shard.length);
    let order = passes.get(pass);
    if (order === undefined) {
      const shuffled = seeded(seed, 'examples', clientId, pass).shuffle(shard);
      order = pass === 0 ? [...victims, ...shuffled.filter((index) => !victims.includes(index))] : shuffled;
      passes.set(pass, order);
    }
    return order[(position + offset) % shard.length] as number;
  });
}
