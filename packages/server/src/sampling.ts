/** Which clients take part in a round. */
import { seeded } from '@leakscope/shared/random';

/**
 * `count` of `clients` without replacement, or all of them, in the order of `clients`. It depends on the seed and the round
 * alone: who connected first does not matter.
 */
export function sampleClients(
  clients: readonly string[],
  count: number | 'all',
  draw: { seed: number | string; round: number },
): string[] {
  if (count === 'all' || count >= clients.length) return [...clients];
  const random = seeded(draw.seed, 'sampling', draw.round);
  const chosen = new Set(random.shuffle(clients).slice(0, count));
  return clients.filter((id) => chosen.has(id));
}
