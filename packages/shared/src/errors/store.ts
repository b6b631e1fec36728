/** Errors of what is kept on disk. */
import { entry } from './entry.ts';

export const storeErrors = {
  STORE_BLOB_CORRUPT: entry<{ path: string; digest: string }>(
    'storage',
    (d) => `blob ${d.path} does not have the digest ${d.digest}`,
    'The file was changed or damaged after it was written; remove it and run again.',
  ),
};
