/** Which clients take part in a round. */
import { seeded } from '@leakscope/shared/random';

/**
 * `count` of `clients` without replacement, or all of them, in the order of `clients`. It depends on the seed, the round and the attempt
 * at that round alone: who connected first does not matter.
 */
export function sampleClients(
  clients: readonly string[],
  count: number | 'all',
  draw: { seed: number | string; stage: string; round: number; attempt: number },
): string[] {
  if (count === 'all' || count >= clients.length) return [...clients];
  const random = seeded(draw.seed, 'sampling', draw.stage, draw.round, draw.attempt);
  const chosen = new Set(random.shuffle(clients).slice(0, count));
  return clients.filter((id) => chosen.has(id));
}
