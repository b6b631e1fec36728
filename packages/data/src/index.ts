/** CelebA, image folders and synthetic faces, cut into partitions and into the shards of clients. */
export { type Annotation, type Dataset, type Example, PARTITIONS, type Partition } from './dataset.ts';
export { clientShards, openExperimentData } from './experiment-data.ts';
export { cutToPlanes, decodeImage, normalise } from './image.ts';
export type { DatasetKit, DatasetModule } from './kit.ts';
export { type DataPlan, openDataset, parseData, parseDataOption } from './open.ts';
export type { Stratum } from './partitioners/partitioner.ts';
export { type DataSource, defineDataset } from './source.ts';
export { SOURCES } from './sources.ts';
