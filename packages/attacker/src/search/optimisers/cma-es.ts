/**
 * CMA-ES, evolution with covariance matrix adaptation: a search without derivatives that learns which directions of its steps pay.
 * Hansen, "The CMA Evolution Strategy: A Tutorial" (arXiv 1604.00772), with negative weights.
 */
import type { Random } from '@leakscope/shared/random';
import { cmaEsRates } from './cma-es-rates.ts';
import { CmaEsSearch } from './cma-es-search.ts';
import type { Optimiser } from './optimiser.ts';

export interface CmaEsOptions {
  /** Mean of each search's first generation, [searches × dimension]; not changed. */
  readonly start: Float32Array;
  /** Standard deviation of the first generation, the same in each entry. */
  readonly sigma: number;
  /** Candidates of a generation of one search, at least 4. */
  readonly population: number;
  /** One stream a search, which draws `population × dimension` normals from it a generation. */
  readonly random: readonly Random[];
}

/**
 * `ask` gives a generation of each search, [searches × population × dimension]. Searches do not see each other. All of the state comes
 * from + - * / and sqrt, so that the same losses give the same points on every machine.
 */
export function cmaEs({ start, sigma, population, random }: CmaEsOptions): Optimiser {
  const dimension = start.length / random.length;
  const rates = cmaEsRates(dimension, population);
  const searches = random.map(
    (stream, i) => new CmaEsSearch(start.subarray(i * dimension, (i + 1) * dimension), sigma, stream, rates),
  );
  const size = population * dimension;
  const points = new Float32Array(searches.length * size);
  const draw = (): void => {
    for (const [i, search] of searches.entries()) search.draw(points.subarray(i * size, (i + 1) * size));
  };
  draw();

  return {
    needsGradient: false,
    ask: () => points,
    tell({ losses }) {
      for (const [i, search] of searches.entries()) search.learn(losses.subarray(i * population, (i + 1) * population));
      draw();
    },
  };
}
