/** Chooses the cheaper form of a convolution's gradient from FLOPs, bytes and measured kernel speeds. */
import type * as tf from '@leakscope/engine/tf';
import type { Window } from '@leakscope/models';
import type { MatchingForm } from './problem.ts';

export type Form = Exclude<MatchingForm, 'auto'>;

/** Entries of the largest Gram matrix that is built, 256 MiB: images of 224x224 have one of 2.5e9 in their first layer. */
export const LARGEST_GRAM = 2 ** 26;

/**
 * Measured on ONNX Runtime 1.30, one core with AVX-512 (docs/performance.md has the commands): multiply-adds a second of a
 * convolution with packed weights, of one whose weights change with each call, and of a matrix product; bytes a second
 * that stream through memory; seconds that one more node of a graph takes. Only their ratios matter for the choice.
 */
export const KERNEL_SPEEDS = {
  packedConvolution: 75e9,
  dynamicConvolution: 45e9,
  matrixProduct: 60e9,
  memory: 8e9,
  node: 2e-6,
};

/** Sizes of one convolution over one candidate. */
export interface ConvSizes {
  readonly population: number;
  /** Input and output positions of one candidate, its whole batch together. */
  readonly inPositions: number;
  readonly outPositions: number;
  readonly inChannels: number;
  readonly outChannels: number;
  /** Taps of the filter: k k. */
  readonly taps: number;
}

const FLOAT = 4;

/** Seconds that value and gradient of a layer's ||g - y||^2 take beyond the passes that both forms share. */
export function seconds(form: Form, sizes: ConvSizes, speeds = KERNEL_SPEEDS): number {
  const { population, inPositions, outPositions, inChannels, outChannels, taps } = sizes;
  const pass = taps * inChannels * outChannels * outPositions;
  const unfolded = taps * inChannels * outPositions * FLOAT;
  const filter = taps * inChannels * outChannels * FLOAT;
  if (form === 'explicit') {
    // A filter gradient from the unfolded input, two convolutions with the residual, and a dozen passes over g and it.
    const arithmetic = pass / speeds.matrixProduct + (2 * pass) / speeds.dynamicConvolution;
    return population * (arithmetic + (2 * unfolded + 12 * filter) / speeds.memory) + 20 * speeds.node;
  }
  // Two convolutions with y, which the population shares; Gram matrices of both sides, their windows, and both derivatives.
  const [inSquare, outSquare] = [inPositions ** 2, outPositions ** 2];
  const windows = taps === 1 ? 0 : 2 * (inSquare + outSquare) * outPositions;
  const products = 2 * (inSquare * inChannels + outSquare * outChannels) + windows;
  const arithmetic = (2 * pass) / speeds.packedConvolution + products / speeds.matrixProduct;
  const traffic = 8 * (inSquare + outSquare) * FLOAT;
  return population * (arithmetic + traffic / speeds.memory) + (2 * filter) / speeds.memory + 30 * speeds.node;
}

/** The form with the smaller cost. */
export const cheaperForm = (sizes: ConvSizes): Form =>
  seconds('ghost', sizes) < seconds('explicit', sizes) ? 'ghost' : 'explicit';

/** The form of a convolution for which `asked` was asked: no ghost whose Gram matrices, all candidates', are over the limit. */
export function formOf(asked: MatchingForm, sizes: ConvSizes): Form {
  const positions = Math.max(sizes.inPositions, sizes.outPositions);
  if (sizes.population * positions ** 2 > LARGEST_GRAM) return 'explicit';
  return asked === 'auto' ? cheaperForm(sizes) : asked;
}

/** Sizes of a convolution as it is recorded. */
export function convSizes(
  input: tf.Tensor,
  filter: tf.Tensor,
  window: Required<Window>,
  population: number,
): ConvSizes {
  const [images, inChannels, height, width] = input.shape as [number, number, number, number];
  const [outChannels, , kh, kw] = filter.shape as [number, number, number, number];
  const out = (size: number, kernel: number): number =>
    Math.floor((size + 2 * window.padding - kernel) / window.stride) + 1;
  const batch = images / population;
  return {
    population,
    inPositions: batch * height * width,
    outPositions: batch * out(height, kh) * out(width, kw),
    inChannels,
    outChannels,
    taps: kh * kw,
  };
}
