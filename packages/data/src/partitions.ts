/** Cutting a dataset that comes without partitions. */
import type { Random } from '@leakscope/shared/random';
import { z } from 'zod';
import { PARTITIONS, type Partition } from './dataset.ts';

/** Shares of the examples; what they leave of 1 goes to `evaluation`. */
export const fractionsSchema = z
  .strictObject({
    public: z.number().min(0).max(1).default(0.7),
    clients: z.number().min(0).max(1).default(0.2),
  })
  .refine((fractions) => fractions.public + fractions.clients <= 1, 'public and clients add up to more than 1')
  .prefault({});
type Fractions = z.infer<typeof fractionsSchema>;

/** The partition of each of `n` examples: a seeded shuffle, cut at the fractions. */
export function cutByFractions(n: number, fractions: Fractions, random: Random): Partition[] {
  const order = random.shuffle(Array.from({ length: n }, (_, i) => i));
  const first = Math.round(n * fractions.public);
  const second = Math.round(n * (fractions.public + fractions.clients));
  const result = new Array<Partition>(n);
  order.forEach((example, place) => {
    result[example] = PARTITIONS[place < first ? 0 : place < second ? 1 : 2];
  });
  return result;
}
