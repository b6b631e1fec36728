/** Every data source by name, and those of users' own modules. */
import { LeakscopeError } from '@leakscope/shared/errors';
import { registry } from '@leakscope/shared/module';
import { celeba } from './celeba.ts';
import { datasetContract } from './contract.ts';
import { imageFolder } from './image-folder.ts';
import type { DataSource } from './source.ts';
import { syntheticFaces } from './synthetic-faces.ts';

/** In the order of the docs. */
export const SOURCES = registry<DataSource>({
  kind: 'dataset',
  builtIn: [celeba, imageFolder, syntheticFaces],
  contract: datasetContract,
  kit: async () => (await import('./kit.ts')).kit,
  unknown: ({ value, known }) =>
    new LeakscopeError('CONFIG_VALUE_INVALID', {
      field: 'data.source',
      value,
      reason: `it must be one of ${known.join(', ')}, or the path of a module`,
    }),
});
