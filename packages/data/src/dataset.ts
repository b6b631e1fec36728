/** What a dataset is: labelled images at one resolution, in three partitions that never share an image. */
import { LeakscopeError } from '@leakscope/shared/errors';

/** `public` feeds generators and priors, `clients` the federation, `evaluation` tests and decoys. */
export const PARTITIONS = ['public', 'clients', 'evaluation'] as const;
export type Partition = (typeof PARTITIONS)[number];

/** What is known of an example without decoding its image. */
export interface Annotation {
  /** The name of the image in its source, for example `006501.jpg`. */
  readonly id: string;
  /** In [0, classes). */
  readonly label: number;
  readonly attributes: Readonly<Record<string, boolean>>;
}

export interface Example extends Annotation {
  readonly index: number;
  /** RGB planes, row-major: [3, resolution, resolution] in [-1, 1]. A fresh copy: the caller may write to it. */
  readonly image: Float32Array;
}

export interface Dataset {
  readonly name: string;
  readonly resolution: number;
  readonly classes: number;
  readonly attributeNames: readonly string[];
  /** Indices of a partition, ascending. */
  partition(name: Partition): readonly number[];
  id(index: number): string;
  label(index: number): number;
  attributes(index: number): Readonly<Record<string, boolean>>;
  /** Decodes one example. Throws DATA_INDEX_INVALID, DATA_IMAGE_MISSING, DATA_IMAGE_CORRUPT. */
  example(index: number): Promise<Example>;
  /** `sha256:<hex>` over everything that decides the examples: options, annotations, partitions and image files. */
  digest(): Promise<string>;
  close(): Promise<void>;
}

/** The entry at `index`, or DATA_INDEX_INVALID. */
export function at<T>(items: readonly T[], index: number, dataset: string): T {
  const item = items[index];
  if (item === undefined) throw new LeakscopeError('DATA_INDEX_INVALID', { index, size: items.length, dataset });
  return item;
}
