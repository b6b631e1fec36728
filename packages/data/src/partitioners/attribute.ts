/** Clients that differ by an attribute: even ones hold faces with it, odd ones faces without. */
import { z } from 'zod';
import { knownAttribute } from '../known-attribute.ts';
import { definePartitioner, equalParts, impossible } from './partitioner.ts';

export const attribute = definePartitioner({
  name: 'attribute',
  params: z.object({
    /** One that the dataset knows. */
    attribute: z.string().min(1),
  }),
  deal(dataset, examples, clients, params, random) {
    const name = knownAttribute('shards.attribute', params.attribute, dataset.attributeNames, dataset.name);
    if (clients < 2)
      throw impossible('shards.kind', 'attribute', 'it needs two clients, one with the attribute and one without');
    const mixed = random.shuffle(examples);
    const sides = [true, false].map((value, side) => {
      const holders = Math.ceil((clients - side) / 2);
      const group = mixed.filter((index) => dataset.attributes(index)[name] === value);
      if (group.length < holders) {
        const found = `${group.length} examples ${value ? 'with' : 'without'} it for ${holders} clients`;
        throw impossible('shards.attribute', name, found);
      }
      return equalParts(group, holders);
    });
    return Array.from({ length: clients }, (_, client) => ({
      indices: sides[client % 2]?.[Math.trunc(client / 2)] as number[],
      stratum: { attribute: name, value: client % 2 === 0 },
    }));
  },
});
