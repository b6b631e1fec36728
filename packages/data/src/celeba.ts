/** CelebA (Liu et al., ICCV 2015) as it lies on people's disks: a folder or a zip, original or CSV lists, any size. */
import { posix, resolve } from 'node:path';
import { LeakscopeError } from '@leakscope/shared/errors';
import { z } from 'zod';
import { parseAttributes, parsePartitions } from './celeba-lists.ts';
import type { Dataset, Partition } from './dataset.ts';
import { type FileTree, openFileTree } from './file-tree.ts';
import { type ImageFile, imageFileDataset } from './image-files.ts';
import { knownAttribute } from './known-attribute.ts';
import { defineDataset } from './source.ts';

const schema = z.strictObject({
  /** Folder or zip with img_align_celeba, list_attr_celeba and list_eval_partition. */
  path: z.string().min(1),
  resolution: z.int().min(8).max(256).default(32),
  /** The attribute that is the label: class 1 where a face has it. */
  label: z.string().min(1).default('Male'),
});

export const celeba = defineDataset({
  name: 'celeba',
  summary: 'CelebA, a folder or a zip',
  params: schema,
  shorthand: 'path',
  open: (params, { base }) => openCeleba({ ...params, path: resolve(base, params.path) }),
});

/** CelebA's 0, 1, 2: the generator learns on the first, the federation on the second, tests and decoys are the third. */
const PARTITION_OF: readonly Partition[] = ['public', 'clients', 'evaluation'];

/** Opens CelebA. Every listed image must exist, so that a run cannot fail on one hours later. */
async function openCeleba({ path, resolution, label }: z.output<typeof schema>): Promise<Dataset> {
  const lists = await openFileTree(path);
  const images = await imageTree(lists);
  const close = async (): Promise<void> => {
    await lists.close();
    if (images !== lists) await images.close();
  };
  try {
    const { attributeNames, files } = await annotate(lists, images, label);
    return imageFileDataset({ name: 'celeba', resolution, classes: 2, attributeNames, files, close });
  } catch (error) {
    await close();
    throw error;
  }
}

/** Joins the two lists and the images. */
async function annotate(lists: FileTree, images: FileTree, label: string) {
  const attributesAt = findList(lists, 'list_attr_celeba');
  const partitionsAt = findList(lists, 'list_eval_partition');
  const attributes = parseAttributes(await readText(lists, attributesAt), shown(lists, attributesAt));
  const partitions = parsePartitions(await readText(lists, partitionsAt), shown(lists, partitionsAt));
  const column = attributes.names.indexOf(knownAttribute('data.label', label, attributes.names, 'celeba'));
  const pathOf = new Map(images.paths.map((file) => [posix.basename(file), file]));

  const files = [...attributes.rows].map(([id, values]): ImageFile => {
    const file = pathOf.get(id);
    if (file === undefined) {
      throw new LeakscopeError('DATA_IMAGE_MISSING', { path: shown(images, `img_align_celeba/${id}`) });
    }
    const part = partitions.get(id);
    if (part === undefined) {
      const reason = `${id} of ${attributesAt} has no partition`;
      throw new LeakscopeError('DATA_LIST_INVALID', {
        path: shown(lists, partitionsAt),
        line: partitions.size,
        reason,
      });
    }
    return {
      id,
      label: values[column] ? 1 : 0,
      attributes: Object.fromEntries(attributes.names.map((name, i) => [name, values[i] as boolean])),
      partition: PARTITION_OF[part] as Partition,
      path: shown(images, file),
      read: () => images.read(file),
    };
  });
  return { attributeNames: attributes.names, files };
}

/** The images lie beside the lists, or in the img_align_celeba.zip that CelebA is handed out as. */
async function imageTree(lists: FileTree): Promise<FileTree> {
  const zipped = lists.paths.find((path) => posix.basename(path) === 'img_align_celeba.zip');
  const loose = lists.paths.some((path) => path.includes('img_align_celeba/'));
  return zipped !== undefined && !loose ? openFileTree(posix.join(lists.root, zipped)) : lists;
}

function findList(tree: FileTree, name: string): string {
  const found = tree.paths.find((path) => [`${name}.txt`, `${name}.csv`].includes(posix.basename(path)));
  if (found === undefined) throw new LeakscopeError('DATA_MISSING', { path: shown(tree, `${name}.txt`) });
  return found;
}

async function readText(tree: FileTree, path: string): Promise<string> {
  return new TextDecoder().decode(await tree.read(path));
}

function shown(tree: FileTree, path: string): string {
  return tree.root.endsWith('.zip') ? `${tree.root}!${path}` : posix.join(tree.root, path);
}
