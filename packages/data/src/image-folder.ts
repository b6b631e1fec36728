/** A folder (or zip) with one subfolder a class, in the order of torchvision's ImageFolder: ImageNet and people's own data. */
import { posix, resolve } from 'node:path';
import { LeakscopeError } from '@leakscope/shared/errors';
import { seeded } from '@leakscope/shared/random';
import { z } from 'zod';
import type { Dataset, Partition } from './dataset.ts';
import { openFileTree } from './file-tree.ts';
import { type ImageFile, imageFileDataset } from './image-files.ts';
import { cutByFractions, fractionsSchema } from './partitions.ts';
import { defineDataset } from './source.ts';

const schema = z.strictObject({
  /** Folder or zip whose top-level subfolders are the classes. */
  path: z.string().min(1),
  resolution: z.int().min(8).max(512).default(32),
  /** Which examples are public, the clients' and for evaluation. */
  fractions: fractionsSchema,
  seed: z.int().min(0).default(1),
});

export const imageFolder = defineDataset({
  name: 'image-folder',
  summary: 'one subfolder a class, a folder or a zip',
  params: schema,
  shorthand: 'path',
  open: (params, { base }) => openImageFolder({ ...params, path: resolve(base, params.path) }),
});

const EXTENSIONS = ['.jpg', '.jpeg', '.png', '.webp', '.ppm', '.bmp', '.tif', '.tiff'];

/** What people call the parts of a dataset whose classes lie one folder deeper. */
const SPLIT = /^(train|training|val|valid|validation|test|testing)$/i;

/** Classes are numbered in the order of their names. Examples have no attributes. Throws DATA_EMPTY below two classes. */
async function openImageFolder({ path, resolution, fractions, seed }: z.output<typeof schema>): Promise<Dataset> {
  const tree = await openFileTree(path);
  const images = tree.paths.filter(
    (file) => file.includes('/') && EXTENSIONS.includes(posix.extname(file).toLowerCase()),
  );
  const classes = [...new Set(images.map(classOf))].sort();
  const reason = noClasses(classes);
  if (reason !== undefined) {
    await tree.close();
    throw new LeakscopeError('DATA_EMPTY', { path, reason });
  }
  const partitions = cutByFractions(images.length, fractions, seeded(seed, 'partitions'));
  const files = images.map(
    (id, index): ImageFile => ({
      id,
      label: classes.indexOf(classOf(id)),
      attributes: {},
      partition: partitions[index] as Partition,
      path: posix.join(tree.root, id),
      read: () => tree.read(id),
    }),
  );
  return imageFileDataset({
    name: 'image-folder',
    resolution,
    classes: classes.length,
    attributeNames: [],
    files,
    close: () => tree.close(),
  });
}

/** Why such subfolders cannot be the classes. */
function noClasses(names: readonly string[]): string | undefined {
  if (names.length > 0 && names.every((name) => SPLIT.test(name)))
    return `its subfolders ${names.join(', ')} are splits of a dataset, not classes: name one of them as the path`;
  return names.length < 2 ? `${names.length} subfolder(s) with images, and a classifier needs two` : undefined;
}

function classOf(path: string): string {
  return path.slice(0, path.indexOf('/'));
}
