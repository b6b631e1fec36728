/** Synthetic faces: drawn from a seed, in any number, so that a first run needs no download. */

import { LeakscopeError } from '@leakscope/shared/errors';
import { seeded } from '@leakscope/shared/random';
import { digestBytes } from '@leakscope/shared/tensors';
import { z } from 'zod';
import { type Dataset, PARTITIONS, type Partition } from './dataset.ts';
import { keepDecoded } from './decoded.ts';
import { drawFace } from './faces/draw.ts';
import { ATTRIBUTE_NAMES, drawTraits, shownAttributes } from './faces/traits.ts';
import { normalise } from './image.ts';
import { knownAttribute } from './known-attribute.ts';
import { defineDataset } from './source.ts';

const schema = z.strictObject({
  /** Faces of another seed are other people. */
  seed: z.int().min(0).default(1),
  /** How many faces each partition holds. */
  sizes: z
    .strictObject({
      public: z.int().min(1).max(10_000_000).default(20_000),
      clients: z.int().min(1).max(10_000_000).default(2_000),
      evaluation: z.int().min(1).max(10_000_000).default(1_000),
    })
    .prefault({}),
  resolution: z.int().min(8).max(256).default(32),
  /** The attribute that is the label: class 1 where a face shows it. */
  label: z.string().min(1).default('Male'),
});

export const syntheticFaces = defineDataset({
  name: 'synthetic-faces',
  summary: 'faces drawn from a seed, in any number',
  params: schema,
  shorthand: 'seed',
  open: openSyntheticFaces,
});

/** Changes whenever the same seed gives other pictures; part of the digest. */
const DRAWING_VERSION = 1;

/** Traits are drawn at once, pixels when asked for: about a millisecond a face. */
async function openSyntheticFaces(config: z.output<typeof schema>): Promise<Dataset> {
  const { seed, sizes, resolution } = config;
  const name = 'synthetic-faces';
  const label = knownAttribute('data.label', config.label, ATTRIBUTE_NAMES, name);
  const ranges = ranged(sizes);
  const size = sizes.public + sizes.clients + sizes.evaluation;

  /** A face depends on its seed and place alone, so partitions keep their faces when another one grows. */
  function traitsOf(index: number) {
    const part = PARTITIONS.find((candidate) => index >= ranges[candidate].from && index < ranges[candidate].to);
    if (part === undefined || !Number.isInteger(index))
      throw new LeakscopeError('DATA_INDEX_INVALID', { index, size, dataset: name });
    return drawTraits(seeded(seed, 'face', part, index - ranges[part].from));
  }
  const annotated = new Map<number, Readonly<Record<string, boolean>>>();
  function attributesOf(index: number): Readonly<Record<string, boolean>> {
    const known = annotated.get(index) ?? shownAttributes(traitsOf(index));
    annotated.set(index, known);
    return known;
  }
  const labelOf = (attributes: Readonly<Record<string, boolean>>): number => (attributes[label] ? 1 : 0);
  const idOf = (index: number): string => `face-${seed}-${index}`;

  const planes = keepDecoded(async (index) => drawFace(traitsOf(index), resolution), 3 * resolution * resolution);

  return {
    name,
    resolution,
    classes: 2,
    attributeNames: ATTRIBUTE_NAMES,
    partition: (part) => ranges[part].indices,
    id: idOf,
    attributes: attributesOf,
    label: (index) => labelOf(attributesOf(index)),
    async example(index) {
      const attributes = attributesOf(index);
      return {
        id: idOf(index),
        index,
        label: labelOf(attributes),
        attributes,
        image: normalise(await planes(index)),
      };
    },
    async digest() {
      return digestBytes(
        Buffer.from(JSON.stringify({ name, version: DRAWING_VERSION, seed, sizes, resolution, label })),
      );
    },
    async close() {},
  };
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly indices: readonly number[];
}

function ranged(sizes: Readonly<Record<Partition, number>>): Record<Partition, Range> {
  let from = 0;
  const ranges = PARTITIONS.map((part): [Partition, Range] => {
    const start = from;
    from += sizes[part];
    return [part, { from: start, to: from, indices: Array.from({ length: sizes[part] }, (_, i) => start + i) }];
  });
  return Object.fromEntries(ranges) as Record<Partition, Range>;
}
