/** The local algorithms by the name that an experiment file uses. */
import { fedavg } from './fedavg.ts';
import { fedprox } from './fedprox.ts';
import { fedsgd } from './fedsgd.ts';
import type { LocalAlgorithm } from './local-algorithm.ts';

const ALGORITHMS = { fedsgd, fedavg, fedprox };

export type AlgorithmName = keyof typeof ALGORITHMS;

export function localAlgorithm(name: AlgorithmName): LocalAlgorithm {
  return ALGORITHMS[name];
}
