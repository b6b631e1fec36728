/** Every regulariser, in the order of the docs. */
import { kld } from './kld.ts';
import { none } from './none.ts';
import { norm } from './norm.ts';
import type { Regulariser } from './regulariser.ts';

export const REGULARISERS: readonly Regulariser[] = [kld, norm, none];
