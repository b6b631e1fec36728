/** A dataset whose examples are image files: annotations known at once, pixels decoded when asked for, and kept. */
import { createHash } from 'node:crypto';
import { type Annotation, at, type Dataset, PARTITIONS, type Partition } from './dataset.ts';
import { keepDecoded } from './decoded.ts';
import { cutToPlanes, decodeImage, normalise } from './image.ts';

export interface ImageFile extends Annotation {
  readonly partition: Partition;
  /** Shown in messages. */
  readonly path: string;
  read(): Promise<Uint8Array>;
}

interface ImageFiles {
  readonly name: string;
  readonly resolution: number;
  readonly classes: number;
  readonly attributeNames: readonly string[];
  readonly files: readonly ImageFile[];
  close(): Promise<void>;
}

export function imageFileDataset({ name, resolution, classes, attributeNames, files, close }: ImageFiles): Dataset {
  const partitions = Object.fromEntries(PARTITIONS.map((part) => [part, indicesOf(files, part)]));
  let digest: Promise<string> | undefined;
  const planes = keepDecoded(
    async (index) => {
      const file = at(files, index, name);
      return cutToPlanes(await decodeImage(await file.read(), file.path), resolution);
    },
    3 * resolution * resolution,
  );

  async function digestAll(): Promise<string> {
    const hash = createHash('sha256').update(JSON.stringify({ name, resolution, classes }));
    for (const file of files) {
      const { id, label, partition, attributes } = file;
      hash.update(JSON.stringify([id, label, partition, attributes])).update(await file.read());
    }
    return `sha256:${hash.digest('hex')}`;
  }

  return {
    name,
    resolution,
    classes,
    attributeNames,
    partition: (part) => partitions[part] as number[],
    id: (index) => at(files, index, name).id,
    label: (index) => at(files, index, name).label,
    attributes: (index) => at(files, index, name).attributes,
    async example(index) {
      const { id, label, attributes } = at(files, index, name);
      return { id, index, label, attributes, image: normalise(await planes(index)) };
    },
    digest: () => {
      digest ??= digestAll();
      return digest;
    },
    close,
  };
}

function indicesOf(files: readonly ImageFile[], partition: Partition): number[] {
  return files.flatMap((file, index) => (file.partition === partition ? [index] : []));
}
