/** A trust region of TuRBO: a box about the best point, and the Gaussian process of what was observed since it was begun. */
import { exponential, logarithm } from '@leakscope/shared/elementary';
import type { Random } from '@leakscope/shared/random';
import { fit, guess } from '../gaussian-process/fit.ts';
import { drawObservations } from '../gaussian-process/gaussian-process.ts';
import type { Hyperparameters } from '../gaussian-process/matern.ts';
import { latinHypercube } from './latin-hypercube.ts';
import { sobol } from './sobol.ts';

/** Side lengths of the box in the unit cube, and when it changes: the paper's. */
const FIRST_LENGTH = 0.8;
const LARGEST_LENGTH = 1.6;
const LEAST_LENGTH = 0.5 ** 7;
const SUCCESSES = 3;
/** How much lower than the best is a success, as a share of its magnitude. */
const PROGRESS = 1e-3;

/** Candidates that a draw is made for: the time grows with the cube of their number. */
const MOST_CANDIDATES = 1000;
/** Coordinates in which a candidate differs from the best point, on average and at most. */
const PERTURBED = 20;

/**
 * Steps of a fit, and how much more data is reason for another. Each begins afresh, as in the paper's code: few steps from one guess hold
 * on to it where the data say little.
 */
const FIT_STEPS = 50;
const MORE_DATA = 1.1;

export interface Proposal {
  readonly candidates: Float64Array[];
  /** What each draw holds for the candidates' losses. */
  readonly draws: Float64Array[];
}

/** Points are in the unit cube of `dimension` coordinates. */
export class TrustRegion {
  readonly #dimension: number;
  readonly #design: number;
  readonly #random: Random;
  #points: Float64Array[] = [];
  #losses: number[] = [];
  #due: Float64Array[] = [];
  #length = FIRST_LENGTH;
  #successes = 0;
  /** Evaluations since the last success. */
  #failures = 0;
  #hyperparameters: Hyperparameters;
  /** Observations that the hyperparameters were fitted to. */
  #fittedTo = 0;

  /** It begins, and begins again once its box is too small, with `design` points all over the cube. */
  constructor(dimension: number, design: number, random: Random) {
    this.#dimension = dimension;
    this.#design = design;
    this.#random = random;
    this.#hyperparameters = guess(dimension);
    this.#begin();
  }

  #begin(): void {
    this.#points = [];
    this.#losses = [];
    this.#due = latinHypercube(this.#design, this.#dimension, this.#random);
    this.#length = FIRST_LENGTH;
    this.#successes = 0;
    this.#failures = 0;
    this.#hyperparameters = guess(this.#dimension);
    this.#fittedTo = 0;
  }

  /** Design points that are still due. */
  get due(): number {
    return this.#due.length;
  }

  /** The next `count` of its design; any points of the cube where it has no more. */
  design(count: number): Float64Array[] {
    const anywhere = () => Float64Array.from({ length: this.#dimension }, () => this.#random.uniform());
    return Array.from({ length: count }, () => this.#due.shift() ?? anywhere());
  }

  /** Takes in what its design points are worth. Those whose loss is not finite teach nothing. */
  begin(points: readonly Float64Array[], losses: readonly number[]): void {
    this.#observe(points, losses);
    if (this.due === 0 && this.#losses.length < 2) this.#begin();
  }

  /** Takes in what points are worth that it proposed: the box grows with successes, and shrinks with failures until it begins again. */
  learn(points: readonly Float64Array[], losses: readonly number[]): void {
    const best = Math.min(...this.#losses);
    const success = losses.some((loss) => loss < best - PROGRESS * Math.abs(best));
    this.#successes = success ? this.#successes + 1 : 0;
    this.#failures = success ? 0 : this.#failures + losses.length;
    this.#observe(points, losses);
    if (this.#successes === SUCCESSES) {
      this.#length = Math.min(2 * this.#length, LARGEST_LENGTH);
      this.#successes = 0;
    } else if (this.#failures >= Math.max(4, this.#dimension)) {
      this.#length /= 2;
      this.#failures = 0;
      if (this.#length < LEAST_LENGTH) this.#begin();
    }
  }

  #observe(points: readonly Float64Array[], losses: readonly number[]): void {
    for (const [i, loss] of losses.entries()) {
      if (!Number.isFinite(loss)) continue;
      this.#points.push(points[i] as Float64Array);
      this.#losses.push(loss);
    }
  }

  /** Candidates of its box, and what `count` draws from the Gaussian process say of them. */
  propose(count: number): Proposal {
    const { centre, scale, values } = standardised(this.#losses);
    const observations = { points: joined(this.#points), values };
    if (values.length >= MORE_DATA * this.#fittedTo) {
      this.#hyperparameters = fit(observations, guess(this.#dimension), FIT_STEPS);
      this.#fittedTo = values.length;
    }
    const candidates = this.#candidates();
    const m = candidates.length;
    const drawn = drawObservations(observations, this.#hyperparameters, joined(candidates), count, this.#random);
    const draws = Array.from({ length: count }, (_, i) =>
      drawn.slice(i * m, (i + 1) * m).map((value) => centre + scale * value),
    );
    return { candidates, draws };
  }

  /** The best point with some coordinates drawn from the box, whose sides are as the lengthscales, and whose volume is `length` ^ dimension. */
  #candidates(): Float64Array[] {
    const { lengthscales } = this.#hyperparameters;
    const centre = this.#points[this.#losses.indexOf(Math.min(...this.#losses))] as Float64Array;
    const mean = geometricMean(lengthscales);
    const share = Math.min(1, PERTURBED / this.#dimension);
    return sobol(Math.min(100 * this.#dimension, MOST_CANDIDATES), this.#dimension, this.#random).map((place) => {
      const perturbed = centre.map(() => (this.#random.uniform() < share ? 1 : 0));
      if (!perturbed.includes(1)) perturbed[this.#random.int(this.#dimension)] = 1;
      return centre.map((x, k) => {
        if (perturbed[k] === 0) return x;
        const half = (0.5 * this.#length * (lengthscales[k] as number)) / mean;
        const [least, most] = [Math.max(0, x - half), Math.min(1, x + half)];
        return least + (most - least) * (place[k] as number);
      });
    });
  }
}

/** Losses about their median, in units of their standard deviation. */
function standardised(losses: readonly number[]): { centre: number; scale: number; values: Float64Array } {
  const sorted = Float64Array.from(losses).sort();
  const at = (sorted.length - 1) / 2;
  const centre = ((sorted[Math.floor(at)] as number) + (sorted[Math.ceil(at)] as number)) / 2;
  const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  const deviation = Math.sqrt(losses.reduce((sum, loss) => sum + (loss - mean) * (loss - mean), 0) / losses.length);
  // Losses that are all the same have no unit.
  const scale = deviation < 1e-6 ? 1 : deviation;
  return { centre, scale, values: Float64Array.from(losses, (loss) => (loss - centre) / scale) };
}

const geometricMean = (values: Float64Array): number =>
  exponential(values.reduce((sum, value) => sum + logarithm(value), 0) / values.length);

function joined(points: readonly Float64Array[]): Float64Array {
  const dimension = points[0]?.length ?? 0;
  const all = new Float64Array(points.length * dimension);
  for (const [i, point] of points.entries()) all.set(point, i * dimension);
  return all;
}
