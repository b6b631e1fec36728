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

/** The taps that meet a pixel, along each axis. */
export function liveWindows(g: Windows): [LiveTaps, LiveTaps] {
  const along = (i: 0 | 1): LiveTaps =>
    liveTaps({ kernel: g.kernel[i], input: g.input[i], output: g.output[i], stride: g.stride, before: g.before[i] });
  return [along(0), along(1)];
}

/** Convolves with the taps that meet a pixel; the rest of the weights is cut off, once and for all if they are constant. */
export function lowerWindows(e: Emitter, x: string, w: string, g: Windows): string {
  const [rows, columns] = liveWindows(g);
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

/** Gradient in w: dy times the unfolded input, summed over examples. */
export function lowerConv2dFilterGrad(e: Emitter, x: string, dy: string, g: Conv2dGeometry): string {
  const positions = g.output[0] * g.output[1];
  const [outGroup, inGroup] = [g.outChannels / g.groups, g.inChannels / g.groups];
  const columns = inGroup * g.kernel[0] * g.kernel[1];
  const image = tallImage(g);
  // Small maps, many channels: one product over all examples' positions writes the result once.
  if (image !== undefined && g.batch * outGroup * columns > positions * g.batch * (outGroup + columns)) {
    const [tallX, tallDy] = [
      stacked(e, x, [g.batch, g.inChannels, ...g.input], image.inputRows),
      stacked(e, dy, [g.batch, g.outChannels, ...g.output], image.outputRows),
    ];
    const unfolded = unfold(e, e.reshape(tallX, [1, g.inChannels, ...image.geometry.input]), image.geometry);
    const all = image.geometry.output[0] * image.geometry.output[1];
    const product = e.emit('Gemm', [e.reshape(tallDy, [outGroup, all]), e.reshape(unfolded, [columns, all])], {
      transB: 1,
    });
    return e.reshape(product, filterShape(g));
  }
  const unfolded = e.reshape(unfold(e, x, g), [g.batch, g.groups, columns, positions]);
  if (g.batch === 1 && g.groups === 1) {
    const rows = e.reshape(dy, [outGroup, positions]);
    const product = e.emit('Gemm', [rows, e.reshape(unfolded, [columns, positions])], { transB: 1 });
    return e.reshape(product, filterShape(g));
  }
  const rows = e.reshape(dy, [g.batch, g.groups, outGroup, positions]);
  const each = e.emit('MatMul', [rows, e.transpose(unfolded, [0, 1, 3, 2])]);
  const product = g.batch === 1 ? each : e.emit('ReduceSum', [each, e.ints([0])], { keepdims: 0 });
  return e.reshape(product, filterShape(g));
}

/**
 * A batch as one tall image, the examples one below another with enough rows of zeros between them that no window meets two.
 * Its unfolded form has the positions of all examples side by side, as the product wants them. Windows that begin in the rows
 * between give results of their own, which rows of zeros in dy leave out. Undefined where the windows do not fall alike in each.
 */
function tallImage(g: Conv2dGeometry): { inputRows: number; outputRows: number; geometry: Conv2dGeometry } | undefined {
  if (g.groups !== 1 || g.batch === 1) return undefined;
  const inputRows = Math.ceil((g.input[0] + g.padding) / g.stride) * g.stride;
  const outputRows = inputRows / g.stride;
  const tall = g.batch * inputRows;
  if (Math.floor((tall + 2 * g.padding - g.kernel[0]) / g.stride) + 1 !== g.batch * outputRows) return undefined;
  const geometry: Conv2dGeometry = {
    ...g,
    batch: 1,
    input: [tall, g.input[1]],
    output: [g.batch * outputRows, g.output[1]],
  };
  return { inputRows, outputRows, geometry };
}

/** [N, C, H, W] with zeros below each example up to `rows`, channels first: [C, N, rows, W]. */
function stacked(e: Emitter, x: string, shape: readonly [number, number, number, number], rows: number): string {
  return e.transpose(e.pad(x, shape, [0, 0, 0, 0], [0, 0, rows - shape[2], 0]), [1, 0, 2, 3]);
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
