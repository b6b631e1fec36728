/** Every partitioner by name. A new one is a line here, and a kind of `shards` in the experiment's schema. */
import type { Experiment } from '@leakscope/shared/config';
import { attribute } from './attribute.ts';
import { dirichlet } from './dirichlet.ts';
import { iid } from './iid.ts';
import type { Partitioner } from './partitioner.ts';

/** A kind of the schema without a partitioner fails to compile. */
export const PARTITIONERS: Readonly<Record<Experiment['shards']['kind'], Partitioner>> = { iid, dirichlet, attribute };
