/**
 * Convolutions and their gradients as plain Conv and matrix products, which ONNX Runtime runs near the machine's peak;
 * its ConvTranspose and convolutions with image-sized kernels do not.
 */
import { type Conv2dGeometry, filterShape } from '../kernels/conv2d.ts';
import { type LiveTaps, liveTaps } from '../kernels/taps.ts';
import type { Emitter } from './emitter.ts';

/** y = conv(x, w). */
export function lowerConv2d(e: Emitter, x: string, w: string, g: Conv2dGeometry): string {
  return lowerWindows(e, x, w, { ...g, channels: g.inChannels, before: [g.padding, g.padding] });
}

/** A convolution by its windows: how many, how far apart, and how much padding (negative: cropping) comes before them. */
export interface Windows {
  batch: number;
  /** Input channels of the whole tensor. */
  channels: number;
  groups: number;
  kernel: readonly [number, number];
  input: readonly [number, number];
  output: readonly [number, number];
  stride: number;
  before: readonly [number, number];
}

/** Convolves with the taps that meet a pixel; the rest of the weights is cut off, once and for all if they are constant. */
export function lowerWindows(e: Emitter, x: string, w: string, g: Windows): string {
  const [rows, columns] = ([0, 1] as const).map((i) =>
    liveTaps({ kernel: g.kernel[i], input: g.input[i], output: g.output[i], stride: g.stride, before: g.before[i] }),
  ) as [LiveTaps, LiveTaps];
  const kernel: [number, number] = [rows.kernel, columns.kernel];
  const dead = kernel[0] < g.kernel[0] || kernel[1] < g.kernel[1];
  const ends = [rows.first + rows.kernel, columns.first + columns.kernel];
  const live = dead ? e.slice(w, [2, 3], [rows.first, columns.first], ends) : w;
  // Pixels after the last window do no harm while they are fewer than a stride.
  const spare = (after: number): number => (-after < g.stride ? 0 : after);
  const crop = (amount: number): number => Math.min(0, amount);
  const shape = [g.batch, g.channels, ...g.input];
  const cropped = e.pad(
    x,
    shape,
    [0, 0, crop(rows.before), crop(columns.before)],
    [0, 0, crop(spare(rows.after)), crop(spare(columns.after))],
  );
  const pads = [rows.before, columns.before, rows.after, columns.after].map((amount) => Math.max(0, amount));
  return conv(e, cropped, live, kernel, g.groups, g.stride, pads);
}

function conv(
  e: Emitter,
  x: string,
  w: string,
  kernel: readonly number[],
  group: number,
  stride: number,
  pads: readonly number[],
): string {
  return e.emit('Conv', [x, w], {
    kernel_shape: [...kernel],
    group,
    strides: [stride, stride],
    pads,
    dilations: [1, 1],
  });
}

/** Gradient in w: dy times the unfolded input, one matrix product for each example and group, summed over examples. */
export function lowerConv2dFilterGrad(e: Emitter, x: string, dy: string, g: Conv2dGeometry): string {
  const positions = g.output[0] * g.output[1];
  const [outGroup, inGroup] = [g.outChannels / g.groups, g.inChannels / g.groups];
  const columns = inGroup * g.kernel[0] * g.kernel[1];
  const unfolded = e.reshape(unfold(e, x, g), [g.batch, g.groups, columns, positions]);
  let product: string;
  if (g.batch === 1 && g.groups === 1) {
    const rows = e.reshape(dy, [outGroup, positions]);
    product = e.emit('Gemm', [rows, e.reshape(unfolded, [columns, positions])], { transB: 1 });
  } else if (g.groups === 1 && g.batch * outGroup * columns > positions * g.batch * (outGroup + columns)) {
    // Small maps, many channels: one product over all examples' positions writes the result once.
    const examples = e.reshape(dy, [g.batch, outGroup, positions]);
    const rows = e.reshape(e.transpose(examples, [1, 0, 2]), [outGroup, g.batch * positions]);
    const right = e.reshape(e.transpose(unfolded, [0, 1, 3, 2]), [g.batch * positions, columns]);
    product = e.emit('MatMul', [rows, right]);
  } else {
    const rows = e.reshape(dy, [g.batch, g.groups, outGroup, positions]);
    const each = e.emit('MatMul', [rows, e.transpose(unfolded, [0, 1, 3, 2])]);
    product = g.batch === 1 ? each : e.emit('ReduceSum', [each, e.ints([0])], { keepdims: 0 });
  }
  return e.reshape(product, filterShape(g));
}

/**
 * The input seen by each tap at each output position, [N, C kh kw, H', W']. A depthwise convolution with one-hot weights
 * copies it in one multi-threaded pass; slices and a concatenation take twice as long on one thread.
 */
function unfold(e: Emitter, x: string, g: Conv2dGeometry): string {
  const [kh, kw] = g.kernel;
  const taps = kh * kw;
  if (taps === 1) {
    const margin = [0, 0, g.padding, g.padding];
    const padded = e.pad(x, [g.batch, g.inChannels, ...g.input], margin, margin);
    if (g.stride === 1) return padded;
    const end = g.output.map((size) => (size - 1) * g.stride + 1);
    return e.slice(padded, [2, 3], [0, 0], end, [g.stride, g.stride]);
  }
  const oneHot = new Float32Array(g.inChannels * taps * taps);
  for (let i = 0; i < g.inChannels * taps; i++) oneHot[i * taps + (i % taps)] = 1;
  const weights = e.constant('float32', [g.inChannels * taps, 1, kh, kw], oneHot);
  return conv(e, x, weights, g.kernel, g.inChannels, g.stride, [g.padding, g.padding, g.padding, g.padding]);
}
