/** A population finds the valley, gradients its floor: CMA-ES first, and then L-BFGS from the best points that it has met. */
import type { Random } from '@leakscope/shared/random';
import { z } from 'zod';
import { cmaEsRates } from './cma-es-rates.ts';
import { CmaEsSearch } from './cma-es-search.ts';
import { descend, history } from './l-bfgs.ts';
import { defineOptimiser, steps } from './optimiser.ts';
import { type Procedure, runProcedures } from './procedure.ts';

export const hybrid = defineOptimiser({
  name: 'hybrid',
  summary: 'by the values of generations, and then by the gradient from the best of their points',
  params: z.strictObject({
    steps: steps.default(300),
    /** How many of the steps are generations of CMA-ES. */
    generations: z.int().min(1).max(1_000_000).default(100),
    /** Candidates a generation, and points that are descended from. */
    population: z.int().min(4).max(4096).default(16),
    /** Standard deviation of the first generation in each entry. */
    sigma: z.number().positive().default(1),
    /** Steps that each descent remembers. */
    history: history.default(10),
  }),
  // Of generations too, whose gradients nobody needs: one program serves both parts.
  evaluates: 'gradients',
  startsAt: 'mean',
  largestDimension: 2048,
  points: ({ population }) => population,
  open: ({ start, random }, params) => {
    const dimension = start.length / random.length;
    return runProcedures(
      random.map((stream, i) => explore(start.slice(i * dimension, (i + 1) * dimension), stream, params)),
    );
  },
});

interface Settings {
  readonly generations: number;
  readonly population: number;
  readonly sigma: number;
  readonly history: number;
}

interface Met {
  readonly loss: number;
  readonly point: Float32Array;
}

function* explore(start: Float32Array, random: Random, settings: Settings): Procedure {
  const { generations, population, sigma, history } = settings;
  const dimension = start.length;
  const search = new CmaEsSearch(start, sigma, random, cmaEsRates(dimension, population));
  const points = new Float32Array(population * dimension);
  let best: Met[] = [];
  for (let generation = 0; generation < generations; generation++) {
    search.draw(points);
    const { losses } = yield points;
    const met = Array.from(losses, (loss, i) => ({ loss, point: points.slice(i * dimension, (i + 1) * dimension) }));
    best = [...best, ...met.filter(({ loss }) => Number.isFinite(loss))]
      .sort((a, b) => a.loss - b.loss)
      .slice(0, population);
    search.learn(losses);
  }
  // Where too few were finite, some are descended from twice; the start where none was.
  const from = (i: number): Float32Array => best[i % Math.max(1, best.length)]?.point ?? start;
  const descents = runProcedures(Array.from({ length: population }, (_, i) => descend(from(i), history)));
  for (;;) descents.tell(yield descents.ask());
}
