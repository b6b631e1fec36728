/**
 * TuRBO, Bayesian optimisation in trust regions (Eriksson et al. 2019, arXiv 1910.01739): exact Gaussian processes, and the points that
 * are lowest in draws from them (Thompson sampling).
 */
import type { Random } from '@leakscope/shared/random';
import { z } from 'zod';
import { defineOptimiser, steps } from './optimiser.ts';
import { type Procedure, runProcedures } from './procedure.ts';
import { TrustRegion } from './trust-region.ts';

export const turbo = defineOptimiser({
  name: 'turbo',
  summary: 'by values alone, from Gaussian processes in trust regions: for few evaluations',
  params: z.strictObject({
    /** Batches. */
    steps: steps.default(100),
    /** Points a batch. */
    population: z.int().min(1).max(1024).default(10),
    /** Trust regions at the same time, which compete for the points of a batch. */
    regions: z.int().min(1).max(64).default(1),
    /** Points all over the box that each region begins with; 0 for twice the dimension. */
    design: z.int().min(0).max(10_000).default(0),
    /** How far from its start an entry may go. */
    bound: z.number().positive().default(2),
  }),
  evaluates: 'values',
  startsAt: 'mean',
  // Twice as many design points, with which a fit takes seconds.
  largestDimension: 1024,
  points: ({ population }) => population,
  open: ({ start, random }, params) => {
    const dimension = start.length / random.length;
    return runProcedures(
      random.map((stream, i) => sample(start.slice(i * dimension, (i + 1) * dimension), stream, params)),
    );
  },
});

interface Settings {
  readonly population: number;
  readonly regions: number;
  readonly design: number;
  readonly bound: number;
}

/** A point that was asked for, and the region that is to learn from it. */
interface Asked {
  readonly region: TrustRegion;
  readonly point: Float64Array;
}

function* sample(start: Float32Array, random: Random, { population, regions, design, bound }: Settings): Procedure {
  const dimension = start.length;
  const all = Array.from(
    { length: regions },
    () => new TrustRegion(dimension, design === 0 ? 2 * dimension : design, random),
  );
  for (;;) {
    const beginning = all.filter(({ due }) => due > 0);
    const ready = all.filter(({ due }) => due === 0);
    const asked: Asked[] = [];
    for (const region of beginning) {
      const points = region.design(Math.min(region.due, population - asked.length));
      asked.push(...points.map((point) => ({ region, point })));
    }
    const open = population - asked.length;
    if (open > 0) asked.push(...(ready.length > 0 ? lowest(ready, open) : spread(beginning, open)));

    const points = new Float32Array(population * dimension);
    for (const [i, { point }] of asked.entries()) {
      points.set(
        point.map((u, k) => (start[k] as number) + bound * (2 * u - 1)),
        i * dimension,
      );
    }
    const { losses } = yield points;
    for (const region of all) {
      const own = [...asked.keys()].filter((i) => asked[i]?.region === region);
      if (own.length === 0) continue;
      const told = own.map((i) => losses[i] as number);
      const where = own.map((i) => (asked[i] as Asked).point);
      if (beginning.includes(region)) region.begin(where, told);
      else region.learn(where, told);
    }
  }
}

/** What is left of a batch in which every region still begins goes to the last one that does. */
function spread(beginning: readonly TrustRegion[], count: number): Asked[] {
  const region = beginning.at(-1) as TrustRegion;
  return region.design(count).map((point) => ({ region, point }));
}

/** For each of `count` joint draws the candidate that is lowest in it, of all regions; none twice. */
function lowest(regions: readonly TrustRegion[], count: number): Asked[] {
  const proposals = regions.map((region) => ({ region, ...region.propose(count) }));
  const taken = new Set<Float64Array>();
  return Array.from({ length: count }, (_, draw) => {
    let best: Asked | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const { region, candidates, draws } of proposals) {
      for (const [i, point] of candidates.entries()) {
        const value = draws[draw]?.[i] as number;
        if (best !== undefined && (value >= least || taken.has(point))) continue;
        if (taken.has(point)) continue;
        best = { region, point };
        least = value;
      }
    }
    taken.add((best as Asked).point);
    return best as Asked;
  });
}
