/**
 * Reads attributes off a face: ridge discriminants on pixels, trained on the public partition. It needs no download and
 * no victim; attributes that it cannot read well on held-out faces do not count.
 */

import { solvePositive } from '@leakscope/shared/linear-algebra';
import { seeded } from '@leakscope/shared/random';
import { mean } from '../statistics/significance.ts';

/** An attribute counts where the mean of hit rate and correct-rejection rate on held-out faces reaches this. */
export const LEAST_BALANCED_ACCURACY = 0.75;

/** Fewer held-out faces with (or without) an attribute say nothing of it. */
const LEAST_HELD_OUT = 10;
const HELD_OUT_SHARE = 0.25;
/** Pixels are averaged down to this many a side: 768 inputs. */
const GRID = 16;
/** Ridge, in units of the mean input variance times the number of faces. */
const RIDGE = 0.03;

interface JudgeExample {
  /** Planes in [-1, 1]. */
  readonly image: Float32Array;
  readonly attributes: Readonly<Record<string, boolean>>;
}

export interface AttributeJudge {
  /** Attributes that count, in the dataset's order. */
  readonly reliable: readonly string[];
  /** Balanced accuracy on held-out public faces, by attribute; absent where there were too few faces. */
  readonly accuracy: Readonly<Record<string, number>>;
  /** What it sees on a face, for each reliable attribute. */
  read(image: Float32Array): Record<string, boolean>;
  /** Share of the reliable attributes that it reads as the true face has them; null where none is reliable. */
  agreement(image: Float32Array, truth: Readonly<Record<string, boolean>>): number | null;
}

interface Discriminant {
  readonly weights: Float64Array;
  readonly threshold: number;
}

/** Trains the judge; which faces are held out depends on the seed alone. */
export function trainJudge(examples: readonly JudgeExample[], names: readonly string[], seed: number): AttributeJudge {
  const mixed = seeded(seed, 'attribute-judge').shuffle(examples);
  const heldOut = mixed.slice(0, Math.round(HELD_OUT_SHARE * mixed.length)).map(pooledExample);
  const training = mixed.slice(heldOut.length).map(pooledExample);
  const discriminants = new Map<string, Discriminant>();
  const accuracy: Record<string, number> = {};
  for (const [name, discriminant] of fit(training, names)) {
    const scored = [true, false].map((value) => {
      const group = heldOut.filter(({ attributes }) => attributes[name] === value);
      return { size: group.length, right: group.filter(({ input }) => decides(discriminant, input) === value).length };
    });
    if (scored.some(({ size }) => size < LEAST_HELD_OUT)) continue;
    accuracy[name] = mean(scored.map(({ size, right }) => right / size));
    if (accuracy[name] >= LEAST_BALANCED_ACCURACY) discriminants.set(name, discriminant);
  }
  const reliable = [...discriminants.keys()];

  function read(image: Float32Array): Record<string, boolean> {
    const input = pooled(image);
    return Object.fromEntries([...discriminants].map(([name, discriminant]) => [name, decides(discriminant, input)]));
  }
  return {
    reliable,
    accuracy,
    read,
    agreement(image, truth) {
      const seen = read(image);
      return reliable.length === 0 ? null : mean(reliable.map((name) => (seen[name] === truth[name] ? 1 : 0)));
    },
  };
}

interface PooledExample {
  readonly input: Float64Array;
  readonly attributes: Readonly<Record<string, boolean>>;
}

function pooledExample({ image, attributes }: JudgeExample): PooledExample {
  return { input: pooled(image), attributes };
}

/** Cell means of each plane. */
function pooled(image: Float32Array): Float64Array {
  const side = Math.sqrt(image.length / 3);
  const grid = Math.min(GRID, side);
  const sums = new Float64Array(3 * grid * grid);
  const counts = new Float64Array(sums.length);
  for (let i = 0; i < image.length; i++) {
    const plane = Math.trunc(i / (side * side));
    const y = Math.trunc(((Math.trunc(i / side) % side) * grid) / side);
    const x = Math.trunc(((i % side) * grid) / side);
    const cell = (plane * grid + y) * grid + x;
    sums[cell] = (sums[cell] as number) + (image[i] as number);
    counts[cell] = (counts[cell] as number) + 1;
  }
  return sums.map((sum, cell) => sum / (counts[cell] as number));
}

/**
 * Least squares towards +1 and -1 with a ridge, which is Fisher's discriminant; one factorisation serves all attributes.
 * The threshold lies half-way between the mean scores of the two groups, so that rare attributes are not always denied.
 */
function fit(examples: readonly PooledExample[], names: readonly string[]): Map<string, Discriminant> {
  const n = examples[0]?.input.length ?? 0;
  const fitted = new Map<string, Discriminant>();
  if (n === 0) return fitted;
  const centre = new Float64Array(n);
  for (const { input } of examples)
    for (let i = 0; i < n; i++) centre[i] = (centre[i] as number) + (input[i] as number) / examples.length;
  const centred = examples.map(({ input }) => input.map((x, i) => x - (centre[i] as number)));
  const gram = new Float64Array(n * n);
  for (const row of centred) {
    for (let i = 0; i < n; i++) {
      const left = row[i] as number;
      const at = i * n;
      for (let j = 0; j <= i; j++) gram[at + j] = (gram[at + j] as number) + left * (row[j] as number);
    }
  }
  let trace = 0;
  for (let i = 0; i < n; i++) trace += gram[i * n + i] as number;
  for (let i = 0; i < n; i++) gram[i * n + i] = (gram[i * n + i] as number) + RIDGE * (trace / n) + 1e-9;

  const known = names.filter((name) => new Set(examples.map(({ attributes }) => attributes[name])).size === 2);
  const sides = known.map((name) => {
    const side = new Float64Array(n);
    centred.forEach((row, k) => {
      const sign = examples[k]?.attributes[name] ? 1 : -1;
      for (let i = 0; i < n; i++) side[i] = (side[i] as number) + sign * (row[i] as number);
    });
    return side;
  });
  const solved = solvePositive(gram, n, sides);
  known.forEach((name, k) => {
    const weights = solved[k] as Float64Array;
    const scores = [true, false].map((value) =>
      mean(examples.filter(({ attributes }) => attributes[name] === value).map(({ input }) => dot(weights, input))),
    );
    fitted.set(name, { weights, threshold: mean(scores) });
  });
  return fitted;
}

function decides({ weights, threshold }: Discriminant, input: Float64Array): boolean {
  return dot(weights, input) > threshold;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
