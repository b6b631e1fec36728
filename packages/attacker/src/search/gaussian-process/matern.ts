/** The Matérn kernel of smoothness 5/2 with a length for each coordinate (automatic relevance determination). */
import { exponential } from '@leakscope/shared/elementary';

/** What a Gaussian process is made of, beside its data. */
export interface Hyperparameters {
  /** The value far from all data. */
  readonly mean: number;
  /** Variance of the function about its mean. */
  readonly outputScale: number;
  /** Variance of an observation about the function. */
  readonly noise: number;
  /** How far the function reaches along each coordinate, [dimension]. */
  readonly lengthscales: Float64Array;
}

const ROOT5 = Math.sqrt(5);
/** Exponents below it give nothing that a double adds to 1. */
const LEAST_EXPONENT = -700;

/** exp(-√5 r). */
const fallen = (r: number): number => exponential(Math.max(-ROOT5 * r, LEAST_EXPONENT));

/** The correlation of two points that are r lengths apart: (1 + √5 r + 5/3 r²) exp(-√5 r). */
export const matern = (r: number): number => (r === 0 ? 1 : (1 + ROOT5 * r + (5 / 3) * r * r) * fallen(r));

/** -1/r times the derivative of `matern`, which is finite at 0: 5/3 (1 + √5 r) exp(-√5 r). */
export const maternSlope = (r: number): number => (5 / 3) * (1 + ROOT5 * r) * fallen(r);

/** How many lengths each of `a`, [n × dimension], is from each of `b`, [m × dimension]: [n × m]. */
export function distances(a: Float64Array, b: Float64Array, lengthscales: Float64Array): Float64Array {
  const dimension = lengthscales.length;
  const [left, right] = [scaled(a, lengthscales), scaled(b, lengthscales)];
  const [n, m] = [a.length / dimension, b.length / dimension];
  const result = new Float64Array(n * m);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) result[i * m + j] = distance(left, i, right, j, dimension);
  }
  return result;
}

/** The lower triangle of `distances` of points to one another, [n × n]; zeros above it. */
export function distancesWithin(points: Float64Array, lengthscales: Float64Array): Float64Array {
  const dimension = lengthscales.length;
  const own = scaled(points, lengthscales);
  const n = points.length / dimension;
  const result = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) result[i * n + j] = distance(own, i, own, j, dimension);
  }
  return result;
}

function distance(a: Float64Array, i: number, b: Float64Array, j: number, dimension: number): number {
  let square = 0;
  for (let k = 0, atA = i * dimension, atB = j * dimension; k < dimension; k++) {
    const difference = (a[atA + k] as number) - (b[atB + k] as number);
    square += difference * difference;
  }
  return Math.sqrt(square);
}

function scaled(points: Float64Array, lengthscales: Float64Array): Float64Array {
  const dimension = lengthscales.length;
  return points.map((x, i) => x / (lengthscales[i % dimension] as number));
}

/** The covariance of the function at points of these distances. */
export const covariances = (distances: Float64Array, outputScale: number): Float64Array =>
  distances.map((r) => outputScale * matern(r));
