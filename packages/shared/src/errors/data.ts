/** Errors of datasets and images. */
import { entry, show } from './entry.ts';

export const dataErrors = {
  DATA_ATTRIBUTE_UNKNOWN: entry<{ field: string; value: string; dataset: string; suggestion?: string | undefined }>(
    'usage',
    (d) =>
      `${d.field}: ${d.dataset} has no attribute ${show(d.value)}${d.suggestion ? `; did you mean ${d.suggestion}?` : ''}`,
    'Attribute names stand in the header of list_attr_celeba; docs/data.md lists those of synthetic-faces.',
  ),
  DATA_EMPTY: entry<{ path: string; reason: string }>(
    'input',
    (d) => `${d.path} holds no usable data: ${d.reason}`,
    'docs/data.md shows the layout that each source expects.',
  ),
  DATA_IMAGE_CORRUPT: entry<{ path: string; reason: string }>(
    'input',
    (d) => `image ${d.path} cannot be decoded: ${d.reason}`,
    'Replace the file, or take it out of the dataset.',
  ),
  DATA_IMAGE_MISSING: entry<{ path: string }>(
    'input',
    (d) => `image ${d.path} is listed and does not exist`,
    'Complete the image folder, or take its lines out of the list files.',
  ),
  DATA_INDEX_INVALID: entry<{ index: number; size: number; dataset: string }>(
    'input',
    (d) => `${d.dataset} has no example ${d.index}: it holds ${d.size}`,
    'Indices run from 0; partition() gives those that exist.',
  ),
  DATA_LIST_INVALID: entry<{ path: string; line: number; reason: string }>(
    'input',
    (d) => `${d.path}:${d.line}: ${d.reason}`,
    'Fetch the list file again; docs/data.md shows its format.',
  ),
  DATA_MISSING: entry<{ path: string }>(
    'input',
    (d) => `${d.path} does not exist`,
    'Check data.path; docs/data.md shows the layout that each source expects.',
  ),
  DATA_SHARDS_IMPOSSIBLE: entry<{ field: string; value: unknown; reason: string }>(
    'usage',
    (d) => `${d.field} = ${show(d.value)}: ${d.reason}`,
    'Take fewer clients, a smaller batch, a larger alpha, or another kind of shard.',
  ),
};
