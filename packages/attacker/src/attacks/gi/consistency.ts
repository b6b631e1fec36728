/**
 * Group consistency (Yin et al. 2021): several searches from different seeds pull each other towards their mean, in which what only one of
 * them sees is averaged away. Before the mean is taken each image is shifted by a few pixels to where it agrees best, since a convolutional model says
 * little of where a thing is.
 */
import type { Evaluation } from '../../search/optimisers/optimiser.ts';

export interface Group {
  readonly seeds: number;
  /** Of one image. */
  readonly shape: readonly [channels: number, height: number, width: number];
  readonly weight: number;
  /** Largest shift, in pixels, across and down. */
  readonly shift: number;
  /** Steps between two means. */
  readonly every: number;
}

/** Adds weight x mean squared distance from the group's mean to the losses of all searches, [seeds × images × pixels]. */
export function groupConsistency(group: Group): (points: Float32Array, evaluation: Evaluation) => Evaluation {
  const { seeds, weight, every } = group;
  let step = 0;
  let mean: Float32Array | undefined;
  return (points, { losses, gradient }) => {
    if (seeds === 1 || weight === 0) return { losses, gradient };
    if (step % every === 0) mean = registeredMean(points, group);
    step++;
    const target = mean as Float32Array;
    const size = points.length / seeds;
    const pixels = group.shape.reduce((product, n) => product * n, 1);
    const pulled = { losses: losses.slice(), gradient: gradient.slice() };
    for (let i = 0; i < points.length; i++) {
      const off = (points[i] as number) - (target[i % size] as number);
      const seed = Math.floor(i / size);
      pulled.losses[seed] = (pulled.losses[seed] as number) + (weight * off * off) / pixels;
      pulled.gradient[i] = (pulled.gradient[i] as number) + (2 * weight * off) / pixels;
    }
    return pulled;
  };
}

/** The mean over the seeds of each image, [images × pixels], each shifted to agree best with the plain mean. */
export function registeredMean(points: Float32Array, { seeds, shape, shift }: Group): Float32Array {
  const size = points.length / seeds;
  const pixels = shape.reduce((product, n) => product * n, 1);
  const plain = meanOf(Array.from({ length: seeds }, (_, seed) => points.subarray(seed * size, (seed + 1) * size)));
  const mean = new Float32Array(size);
  for (let from = 0; from < size; from += pixels) {
    const about = plain.subarray(from, from + pixels);
    const registered = Array.from({ length: seeds }, (_, seed) =>
      nearestShift(points.subarray(seed * size + from, seed * size + from + pixels), about, shape, shift),
    );
    mean.set(meanOf(registered), from);
  }
  return mean;
}

function meanOf(rows: readonly Float32Array[]): Float32Array {
  const mean = new Float32Array(rows[0]?.length ?? 0);
  for (const row of rows)
    for (let i = 0; i < mean.length; i++) mean[i] = (mean[i] as number) + (row[i] as number) / rows.length;
  return mean;
}

/** `image` shifted by at most `most` pixels to where it is nearest to `about`; the smaller shift where two are alike. */
function nearestShift(image: Float32Array, about: Float32Array, shape: Group['shape'], most: number): Float32Array {
  let best = image;
  let error = squaredDistance(image, about);
  for (let down = -most; down <= most; down++) {
    for (let across = -most; across <= most; across++) {
      const moved = shifted(image, shape, down, across);
      const own = squaredDistance(moved, about);
      if (own < error) [best, error] = [moved, own];
    }
  }
  return best;
}

/** Pixels at the side that nothing moves into keep what is nearest. */
function shifted(
  image: Float32Array,
  [channels, height, width]: Group['shape'],
  down: number,
  across: number,
): Float32Array {
  const moved = new Float32Array(image.length);
  const within = (at: number, size: number): number => Math.min(size - 1, Math.max(0, at));
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < height; y++) {
      const row = (c * height + within(y - down, height)) * width;
      for (let x = 0; x < width; x++) {
        moved[(c * height + y) * width + x] = image[row + within(x - across, width)] as number;
      }
    }
  }
  return moved;
}

const squaredDistance = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, i) => sum + (value - (b[i] as number)) ** 2, 0);
