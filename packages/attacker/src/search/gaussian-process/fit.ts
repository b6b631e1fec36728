/** Fits a Gaussian process's hyperparameters: the likeliest ones within bounds, by their gradient. */
import { exponential, logarithm } from '@leakscope/shared/elementary';
import { marginalLikelihood, type Observations } from './marginal-likelihood.ts';
import type { Hyperparameters } from './matern.ts';

/** Bounds for points in the unit cube and values of unit variance (Eriksson et al. 2019). */
const NOISE = [5e-4, 0.2] as const;
const OUTPUT_SCALE = [0.05, 20] as const;
const LENGTHSCALE = [0.005, 2] as const;

/** Where a fit begins that has no other to go on from. */
export const guess = (dimension: number): Hyperparameters => ({
  mean: 0,
  outputScale: 1,
  noise: 0.005,
  lengthscales: new Float64Array(dimension).fill(0.5),
});

const RATE = 0.1;
const BETA1 = 0.9;
const BETA2 = 0.999;

/** `steps` steps of Adam from `start`, each an exact marginal likelihood with its gradient. */
export function fit(observations: Observations, start: Hyperparameters, steps: number): Hyperparameters {
  const free = toFree(start);
  const [first, second] = [new Float64Array(free.length), new Float64Array(free.length)];
  for (let step = 1; step <= steps; step++) {
    const at = fromFree(free);
    const slopes = freeSlopes(at, marginalLikelihood(observations, at).gradient);
    for (const [i, slope] of slopes.entries()) {
      first[i] = BETA1 * (first[i] as number) + (1 - BETA1) * slope;
      second[i] = BETA2 * (second[i] as number) + (1 - BETA2) * slope * slope;
      const [m, v] = [(first[i] as number) / (1 - BETA1 ** step), (second[i] as number) / (1 - BETA2 ** step)];
      free[i] = (free[i] as number) + (RATE * m) / (Math.sqrt(v) + 1e-8);
    }
  }
  return fromFree(free);
}

type Bounds = readonly [least: number, most: number];

/** A number within bounds as one without: the logit of where it lies between them. */
const toLine = (x: number, [least, most]: Bounds): number => logarithm((x - least) / (most - x));
const fromLine = (u: number, [least, most]: Bounds): number =>
  least + (most - least) / (1 + exponential(Math.max(-u, -700)));
/** d fromLine / d u, at x. */
const slopeOnLine = (x: number, [least, most]: Bounds): number => ((x - least) * (most - x)) / (most - least);

const toFree = ({ mean, outputScale, noise, lengthscales }: Hyperparameters): Float64Array =>
  Float64Array.of(
    mean,
    toLine(outputScale, OUTPUT_SCALE),
    toLine(noise, NOISE),
    ...lengthscales.map((length) => toLine(length, LENGTHSCALE)),
  );

const fromFree = (free: Float64Array): Hyperparameters => ({
  mean: free[0] as number,
  outputScale: fromLine(free[1] as number, OUTPUT_SCALE),
  noise: fromLine(free[2] as number, NOISE),
  lengthscales: free.slice(3).map((u) => fromLine(u, LENGTHSCALE)),
});

const freeSlopes = (at: Hyperparameters, by: Hyperparameters): Float64Array =>
  Float64Array.of(
    by.mean,
    by.outputScale * slopeOnLine(at.outputScale, OUTPUT_SCALE),
    by.noise * slopeOnLine(at.noise, NOISE),
    ...by.lengthscales.map((slope, k) => slope * slopeOnLine(at.lengthscales[k] as number, LENGTHSCALE)),
  );
