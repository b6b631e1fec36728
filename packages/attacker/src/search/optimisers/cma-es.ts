/**
 * CMA-ES, evolution with covariance matrix adaptation: a search without derivatives that learns which directions of its steps pay.
 * Hansen, "The CMA Evolution Strategy: A Tutorial" (arXiv 1604.00772), with negative weights.
 */
import type { Random } from '@leakscope/shared/random';
import { z } from 'zod';
import { cmaEsRates } from './cma-es-rates.ts';
import { RESTART_STRATEGIES, type RestartStrategy, type Run, runs } from './cma-es-restarts.ts';
import { CmaEsSearch } from './cma-es-search.ts';
import { Termination } from './cma-es-termination.ts';
import { defineOptimiser, steps } from './optimiser.ts';
import { type Procedure, runProcedures } from './procedure.ts';

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
    /** What follows where a run has nothing more to find: `none` goes on with it, `ipop` and `bipop` start others. */
    restartStrategy: z.enum(RESTART_STRATEGIES).default('none'),
  }),
  evaluates: 'values',
  startsAt: 'mean',
  // Memory grows with the square of the dimension, and the time of an eigendecomposition with its cube.
  largestDimension: 2048,
  points: ({ population }) => population,
  open: ({ start, random }, params) => {
    const dimension = start.length / random.length;
    return runProcedures(
      random.map((stream, i) => evolve(start.slice(i * dimension, (i + 1) * dimension), stream, params)),
    );
  },
});

interface Settings {
  readonly sigma: number;
  readonly population: number;
  readonly restartStrategy: RestartStrategy;
}

/** Run after run, the first from `start` and the others from where a first generation might have been. */
function* evolve(start: Float32Array, random: Random, settings: Settings): Procedure {
  const { sigma, restartStrategy } = settings;
  const plan = runs(restartStrategy, random);
  let mean = start;
  let spent = 0;
  for (;;) {
    const run = plan.next(spent).value;
    spent = yield* evolveOnce(mean, random, run, settings);
    mean = start.map((x) => x + sigma * random.normal());
  }
}

/** One run, whose generations are asked for in as many steps as they are larger than the first run's. Ends with the number of steps. */
function* evolveOnce(mean: Float32Array, random: Random, run: Run, settings: Settings): Procedure<number> {
  const { sigma, population, restartStrategy } = settings;
  const dimension = mean.length;
  const candidates = run.population * population;
  const search = new CmaEsSearch(mean, run.sigma * sigma, random, cmaEsRates(dimension, candidates));
  const termination = new Termination(dimension, candidates);
  const points = new Float32Array(candidates * dimension);
  const losses = new Float32Array(candidates);
  let spent = 0;
  do {
    search.draw(points);
    for (let at = 0; at < candidates; at += population, spent++) {
      const { losses: told } = yield points.subarray(at * dimension, (at + population) * dimension);
      losses.set(told, at);
    }
    search.learn(losses);
  } while (restartStrategy === 'none' || (!termination.ends(losses) && spent < run.most));
  return spent;
}
