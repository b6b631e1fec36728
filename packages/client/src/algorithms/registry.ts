/** Every local algorithm, by the name that an experiment file uses. */
import type { Training } from '@leakscope/shared/config';
import { fedavg } from './fedavg.ts';
import { fedprox } from './fedprox.ts';
import { fedsgd } from './fedsgd.ts';
import type { LocalAlgorithm } from './local-algorithm.ts';

/** Keyed by the names of the experiment's schema: one without its algorithm does not compile. */
export const LOCAL_ALGORITHMS: Readonly<Record<Training['algorithm'], LocalAlgorithm>> = { fedsgd, fedavg, fedprox };
