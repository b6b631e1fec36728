/**
 * The gradient of a convolution in its input, as plain convolutions of dy with flipped weights.
 *
 * ONNX Runtime's ConvTranspose unfolds into memory on one thread. It is used only where the weights change with each call and
 * flipping them would cost more.
 */
import { areSmallMaps, type ChwnGeometry } from '../chwn.ts';
import { multiplyConv2dInputGrad } from './conv-products.ts';
import { type Emitter, LONGEST_ROW } from './emitter.ts';
import { pickTaps, type TapRange } from './taps.ts';
import { liveWindows, lowerWindows } from './windows.ts';

/** dx of y = conv(x, w). */
export function lowerConv2dInputGrad(e: Emitter, dy: string, w: string, g: ChwnGeometry): string {
  if (g.innerBatch !== undefined && areSmallMaps(g)) return multiplyConv2dInputGrad(e, dy, w, g);
  // cuDNN has a kernel for it.
  if (e.device === 'cuda') return transposed(e, dy, w, g);
  if (e.device === 'cpu' && isOneImage(g) && (wastesRows(g) || (!e.isConstant(w) && flippingCostsMore(g)))) {
    return transposed(e, dy, w, g);
  }
  if (g.stride === 1) return unstrided(e, dy, w, g);
  return g.kernel[0] === 1 && g.kernel[1] === 1 && g.padding === 0 ? pointwise(e, dy, w, g) : phased(e, dy, w, g);
}

/** Whether the batch is 1. ConvTranspose computes images one by one and reads all weights for each. */
const isOneImage = ({ batch, groups, innerBatch = 1 }: ChwnGeometry): boolean =>
  batch === 1 && innerBatch === 1 && groups === 1;

/**
 * Whether flipping the weights costs more than ConvTranspose loses. Flipping takes about 6 ns a weight, and splitting into phases as much
 * again. ConvTranspose adds up k k C values for each position of dy, at 1 ns each.
 */
function flippingCostsMore({ inChannels, outChannels, output, stride }: ChwnGeometry): boolean {
  const share = stride === 1 ? 4 : 8;
  return inChannels < FEWEST_ROWS || share * outChannels > output[0] * output[1];
}

/**
 * Whether the kernel of a plain convolution would be mostly idle: it computes `FEWEST_ROWS` channels at a time, and an image has three.
 * ConvTranspose has no such loss. Without a stride, the blocked layout makes up for it.
 */
const wastesRows = ({ inChannels, stride }: ChwnGeometry): boolean => stride > 1 && inChannels < FEWEST_ROWS;

/** Rows of a matrix that ONNX Runtime's kernels compute at a time. */
const FEWEST_ROWS = 6;

/** Weights with input and output channels exchanged, [C, O / groups, kh, kw]. */
function exchanged(e: Emitter, w: string, g: ChwnGeometry): string {
  if (g.groups === 1) return e.transpose(w, [1, 0, 2, 3]);
  const [outGroup, inGroup] = [g.outChannels / g.groups, g.inChannels / g.groups];
  const split = e.reshape(w, [g.groups, outGroup, inGroup, ...g.kernel]);
  return e.reshape(e.transpose(split, [0, 2, 1, 3, 4]), [g.inChannels, outGroup, ...g.kernel]);
}

function unstrided(e: Emitter, dy: string, w: string, g: ChwnGeometry): string {
  const windows = {
    channels: g.outChannels,
    batch: g.batch,
    groups: g.groups,
    kernel: g.kernel,
    input: g.output,
    output: g.input,
    stride: 1,
    before: [g.kernel[0] - 1 - g.padding, g.kernel[1] - 1 - g.padding] as const,
    innerBatch: g.innerBatch ?? 1,
  };
  // Taps that meet no pixel are cut off before the weights are reordered: at the end, which flipping makes the front.
  const live = liveWindows(windows);
  const kernel: [number, number] = [live[0].kernel, live[1].kernel];
  const mirrored = ([0, 1] as const).map((i): TapRange => {
    return { from: g.kernel[i] - 1 - live[i].first, step: -1, count: kernel[i] };
  }) as [TapRange, TapRange];
  const flipped = pickTaps(e, w, g.inChannels / g.groups, g.kernel, mirrored);
  return lowerWindows(e, dy, exchanged(e, flipped, { ...g, kernel }), {
    ...windows,
    kernel,
    before: [live[0].before, live[1].before],
  });
}

/** ConvTranspose, which takes the weights as they are. */
function transposed(e: Emitter, dy: string, w: string, g: ChwnGeometry): string {
  const missing = ([0, 1] as const).map(
    (i) => g.input[i] - ((g.output[i] - 1) * g.stride - 2 * g.padding + g.kernel[i]),
  );
  return e.emit('ConvTranspose', [dy, w], {
    kernel_shape: [...g.kernel],
    group: g.groups,
    strides: [g.stride, g.stride],
    pads: [g.padding, g.padding, g.padding, g.padding],
    output_padding: missing,
  });
}

/** A strided 1x1 convolution touches every stride-th pixel; a product with a constant puts zeros between them. */
function pointwise(e: Emitter, dy: string, w: string, g: ChwnGeometry): string {
  const s = g.stride;
  const [rows, columns] = g.output;
  const small = e.emit('Conv', [dy, exchanged(e, w, g)], { kernel_shape: [1, 1], group: g.groups });
  // Each row of pixels becomes `stride` rows, the first with the pixels `stride` apart and the others empty.
  const spread = Array.from({ length: s * columns * s }, (_, to) =>
    to < columns * s && to % s === 0 ? to / s : undefined,
  );
  const lines = e.emit('MatMul', [
    e.reshape(small, [g.batch * g.inChannels * rows, columns]),
    e.selection(columns, spread),
  ]);
  const whole = e.reshape(lines, [g.batch, g.inChannels, rows * s, columns * s]);
  const after = [0, 0, g.input[0] - rows * s, g.input[1] - columns * s];
  return e.pad(whole, [g.batch, g.inChannels, rows * s, columns * s], [0, 0, 0, 0], after);
}

/**
 * The pixels r, r + s, r + 2 s, ... see only the taps f, f + s, ... with f = (r + padding) mod s: each such phase is a small
 * convolution of its own.
 *
 *   dx[r + s m] = sum_t dy[m + (r + padding - f) / s - t] w[f + s t]
 */
function phased(e: Emitter, dy: string, w: string, g: ChwnGeometry): string {
  const s = g.stride;
  const weights = exchanged(e, w, g);
  const size = g.input.map((length) => Math.ceil(length / s)) as [number, number];
  const phases: string[] = [];
  for (let row = 0; row < s; row++) {
    for (let column = 0; column < s; column++) {
      const first = [row, column].map((r) => (r + g.padding) % s) as [number, number];
      const taps = ([0, 1] as const).map((i) => Math.ceil((g.kernel[i] - first[i]) / s)) as [number, number];
      if (taps.some((count) => count < 1)) {
        phases.push(e.filled(0, [g.batch, g.inChannels, ...size]));
        continue;
      }
      const offset = [row, column].map((r, i) => (r + g.padding - (first[i] as number)) / s) as [number, number];
      const flipped = ([0, 1] as const).map((i): TapRange => {
        return { from: (first[i] as number) + s * ((taps[i] as number) - 1), step: -s, count: taps[i] as number };
      }) as [TapRange, TapRange];
      phases.push(
        lowerWindows(e, dy, pickTaps(e, weights, g.outChannels / g.groups, g.kernel, flipped), {
          channels: g.outChannels,
          batch: g.batch,
          groups: g.groups,
          kernel: taps,
          input: g.output,
          output: size,
          stride: 1,
          before: [taps[0] - 1 - offset[0], taps[1] - 1 - offset[1]],
          innerBatch: 1,
        }),
      );
    }
  }
  const whole = [g.batch, g.inChannels, size[0] * s, size[1] * s];
  const after = [0, 0, g.input[0] - size[0] * s, g.input[1] - size[1] * s];
  return e.pad(interleaved(e, phases, whole, s), whole, [0, 0, 0, 0], after);
}

/** The image [N, C, H, W] of shape `shape` from its s × s phases, which are listed row by row. */
function interleaved(e: Emitter, phases: readonly string[], shape: readonly number[], s: number): string {
  const [batch, channels, height, width] = shape as [number, number, number, number];
  const row = s * width;
  if (row > LONGEST_ROW || e.device !== 'cpu') {
    return e.emit('DepthToSpace', [e.emit('Concat', phases, { axis: 1 })], { blocksize: s, mode: 'DCR' });
  }
  // A row of every phase, side by side, holds `s` rows of the image. A product puts their pixels in order on all threads.
  const columns = width / s;
  const picks = Array.from({ length: row }, (_, to) => {
    const [line, pixel] = [Math.floor(to / width), to % width];
    return (line * s + (pixel % s)) * columns + Math.floor(pixel / s);
  });
  const side = e.reshape(e.emit('Concat', phases, { axis: 3 }), [(batch * channels * height) / s, row]);
  return e.reshape(e.emit('MatMul', [side, e.selection(row, picks)]), shape);
}
