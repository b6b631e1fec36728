/** What a user's own dataset module is given, so that it runs from any folder without installing or importing anything. */
import { seeded } from '@leakscope/shared/random';
import { digestBytes } from '@leakscope/shared/tensors';
import { z } from 'zod';
import { cutToPlanes, decodeImage, normalise } from './image.ts';
import { cutByFractions } from './partitions.ts';
import { type DataSource, defineDataset } from './source.ts';

export const kit = { cutByFractions, cutToPlanes, decodeImage, defineDataset, digestBytes, normalise, seeded, z };

export type DatasetKit = typeof kit;

/** The default export of a user's module. */
export type DatasetModule = (kit: DatasetKit) => DataSource;
