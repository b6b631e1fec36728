/**
 * CMA-ES, evolution with covariance matrix adaptation: a search without derivatives that learns which directions of its steps pay.
 * Hansen, "The CMA Evolution Strategy: A Tutorial" (arXiv 1604.00772), with negative weights.
 */
import { z } from 'zod';
import { cmaEsRates } from './cma-es-rates.ts';
import { CmaEsSearch } from './cma-es-search.ts';
import { defineOptimiser, steps } from './optimiser.ts';

/**
 * `ask` gives a generation of each search; a search draws as many normals for it as it has entries. All of the state comes from
 * + - * / and sqrt, so that the same losses give the same points on every machine.
 */
export const cmaEs = defineOptimiser({
  name: 'cma-es',
  summary: 'by values alone, from generations of a normal distribution that follows the better half',
  params: z.strictObject({
    /** Generations. */
    steps: steps.default(800),
    /** Candidates a generation. */
    population: z.int().min(4).max(4096).default(50),
    /** Standard deviation of the first generation in each entry: with 1, it is drawn as the generator expects its latents to be, N(0, I). */
    sigma: z.number().positive().default(1),
  }),
  evaluates: 'values',
  startsAt: 'mean',
  // Memory grows with the square of the dimension, and the time of an eigendecomposition with its cube.
  largestDimension: 2048,
  points: ({ population }) => population,
  open({ start, random }, { sigma, population }) {
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
      ask: () => points,
      tell({ losses }) {
        for (const [i, search] of searches.entries())
          search.learn(losses.subarray(i * population, (i + 1) * population));
        draw();
      },
    };
  },
});
