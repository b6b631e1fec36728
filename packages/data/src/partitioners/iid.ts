/** Clients that are alike: a shuffle, cut into equal parts. */
import { z } from 'zod';
import { definePartitioner, equalParts } from './partitioner.ts';

export const iid = definePartitioner({
  name: 'iid',
  params: z.object({}),
  deal: (_dataset, examples, clients, _params, random) =>
    equalParts(random.shuffle(examples), clients).map((indices) => ({ indices })),
});
