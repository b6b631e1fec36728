/**
 * The cheaper form of a convolution's gradient, by operations, bytes and measured kernel speeds. The explicit form builds the
 * gradient; the ghost form computes only what the distance needs of it. A layer of 64 channels on 32x32 pixels is cheaper built: its Gram
 * matrices have a million entries, its filter 37,000. One of 512 channels on 4x4 pixels is cheaper as a ghost.
 */
import type * as tf from '@leakscope/engine/tf';
import type { Window } from '@leakscope/models';
import type { MatchingForm } from './problem.ts';

export type Form = Exclude<MatchingForm, 'auto'>;

/**
 * Entries that a layer's Gram matrices may have, those of the whole population together: 256 MiB. The first layer of a 224x224 image would
 * have 2.5e9.
 */
export const LARGEST_GRAM = 2 ** 26;

/**
 * Speeds measured with ONNX Runtime 1.30 on one core with AVX-512; docs/performance.md has the commands. Only their ratios matter
 * for the choice.
 */
const KERNEL_SPEEDS = {
  /** Multiply-adds a second of a convolution whose weights are constant, and so packed once. */
  packedConvolution: 75e9,
  /** The same where the weights change with each call. */
  dynamicConvolution: 45e9,
  /** Multiply-adds a second of a matrix product. */
  matrixProduct: 60e9,
  /** Bytes a second that stream through memory. */
  memory: 8e9,
  /** Seconds that one more node of a graph takes. */
  node: 2e-6,
};

/** Sizes of one convolution. A 3x3 convolution of 64 channels on 32x32 pixels has 1024 positions on either side and 9 taps. */
export interface ConvSizes {
  /** Candidates evaluated at once. */
  readonly population: number;
  /** Pixels of the input and of the output of one candidate, its whole batch together. */
  readonly inPositions: number;
  readonly outPositions: number;
  readonly inChannels: number;
  readonly outChannels: number;
  /** Taps of the filter: k k. */
  readonly taps: number;
}

const FLOAT = 4;

/** Seconds that one form takes for a layer's ||g - y||^2 and its derivative. The passes that both forms share are left out. */
export function seconds(form: Form, sizes: ConvSizes, speeds = KERNEL_SPEEDS): number {
  const { population, inPositions, outPositions, inChannels, outChannels, taps } = sizes;
  const pass = taps * inChannels * outChannels * outPositions;
  const unfolded = taps * inChannels * outPositions * FLOAT;
  const filter = taps * inChannels * outChannels * FLOAT;
  if (form === 'explicit') {
    // One product builds the filter gradient from the unfolded input. Two convolutions take the residual g - y back to the inputs and
    // the deltas. A dozen passes go over tensors as large as the filter.
    const arithmetic = pass / speeds.matrixProduct + (2 * pass) / speeds.dynamicConvolution;
    return population * (arithmetic + (2 * unfolded + 12 * filter) / speeds.memory) + 20 * speeds.node;
  }
  // Two convolutions have y as their weights, which the population shares. Products make the Gram matrices of both sides, the windows
  // of one and the derivatives of both.
  const [inSquare, outSquare] = [inPositions ** 2, outPositions ** 2];
  const windows = taps === 1 ? 0 : 2 * (inSquare + outSquare) * outPositions;
  const products = 2 * (inSquare * inChannels + outSquare * outChannels) + windows;
  const arithmetic = (2 * pass) / speeds.packedConvolution + products / speeds.matrixProduct;
  const traffic = 8 * (inSquare + outSquare) * FLOAT;
  return population * (arithmetic + traffic / speeds.memory) + (2 * filter) / speeds.memory + 30 * speeds.node;
}

/** The form that takes less time. */
export const cheaperForm = (sizes: ConvSizes): Form =>
  seconds('ghost', sizes) < seconds('explicit', sizes) ? 'ghost' : 'explicit';

/** The form that a convolution gets where `asked` was asked for. One whose Gram matrices would be over the limit is always explicit. */
export function formOf(asked: MatchingForm, sizes: ConvSizes): Form {
  const positions = Math.max(sizes.inPositions, sizes.outPositions);
  if (sizes.population * positions ** 2 > LARGEST_GRAM) return 'explicit';
  return asked === 'auto' ? cheaperForm(sizes) : asked;
}

/** The sizes of a convolution, from its tensors: `input` [N batch, C, H, W], `filter` [O, C, k, k]. */
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
