/** Every objective, in the order of the docs. */
import { cosine } from './cosine.ts';
import { l2 } from './l2.ts';
import { layerCosine } from './layer-cosine.ts';
import { layerL2 } from './layer-l2.ts';
import type { Objective } from './objective.ts';

export const OBJECTIVES: readonly Objective[] = [l2, cosine, layerL2, layerCosine];
