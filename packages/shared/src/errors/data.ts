/** Errors of datasets and images. */
import { entry } from './entry.ts';

export const dataErrors = {
  DATA_IMAGE_CORRUPT: entry<{ path: string; reason: string }>(
    'input',
    (d) => `image ${d.path} cannot be decoded: ${d.reason}`,
    'Replace the file, or take it out of the dataset.',
  ),
  DATA_MISSING: entry<{ path: string }>(
    'input',
    (d) => `${d.path} does not exist`,
    'Check data.path; docs/data.md shows the layout that each source expects.',
  ),
};
