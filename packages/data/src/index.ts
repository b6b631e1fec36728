/** CelebA, image folders and synthetic faces, cut into partitions and into the shards of clients. */
export { type Annotation, type Dataset, type Example, PARTITIONS, type Partition } from './dataset.ts';
export { clientShards, openExperimentData } from './experiment-data.ts';
export { cutToPlanes, decodeImage, normalise } from './image.ts';
export { type DataConfig, dataSchema, openDataset, parseDataConfig, parseDataOption } from './open.ts';
export { type Shard, type ShardsConfig, type Stratum, shards, shardsSchema } from './shards.ts';
