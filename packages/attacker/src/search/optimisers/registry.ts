/** Every optimiser, in the order of the docs. */
import { adam } from './adam.ts';
import { cmaEs } from './cma-es.ts';
import type { Optimiser } from './optimiser.ts';

export const OPTIMISERS: readonly Optimiser[] = [adam, cmaEs];
