/** A convolution as one Conv node, without the taps and pixels that never meet. */
import { type LiveTaps, liveTaps } from '../../../kernels/taps.ts';
import type { Emitter } from './emitter.ts';
import { pickTaps } from './taps.ts';
import { emitConv } from './webgpu-conv.ts';

/** The windows of a convolution: their number, their stride, and the padding before them (negative: cropping). */
interface Windows {
  batch: number;
  /** Input channels of the whole tensor. */
  channels: number;
  groups: number;
  kernel: readonly [number, number];
  input: readonly [number, number];
  output: readonly [number, number];
  stride: number;
  before: readonly [number, number];
  /** Values of a pixel, side by side in a row: the batch in CHWN, else 1. */
  innerBatch: number;
}

/** The taps that meet a pixel, along each axis. */
export function liveWindows(g: Windows): [LiveTaps, LiveTaps] {
  const along = (i: 0 | 1): LiveTaps =>
    liveTaps({ kernel: g.kernel[i], input: g.input[i], output: g.output[i], stride: g.stride, before: g.before[i] });
  return [along(0), along(1)];
}

/** Convolves with the taps that meet a pixel. The other taps are cut off: when the session opens if the weights are constant, else in each call. */
export function lowerWindows(e: Emitter, x: string, w: string, g: Windows): string {
  const [rows, columns] = liveWindows(g);
  const kernel: [number, number] = [rows.kernel, columns.kernel];
  const live = pickTaps(e, w, g.channels / g.groups, g.kernel, [
    { from: rows.first, step: 1, count: rows.kernel },
    { from: columns.first, step: 1, count: columns.kernel },
  ]);
  // Pixels after the last window need no cropping while they are fewer than a stride.
  const spare = (after: number): number => (-after < g.stride ? 0 : after);
  const crop = (amount: number): number => Math.min(0, amount);
  const shape = [g.batch, g.channels, g.input[0], g.input[1] * g.innerBatch];
  const cropped = e.pad(
    x,
    shape,
    [0, 0, crop(rows.before), crop(columns.before) * g.innerBatch],
    [0, 0, crop(spare(rows.after)), crop(spare(columns.after)) * g.innerBatch],
  );
  const pads = [rows.before, columns.before, rows.after, columns.after].map((amount) => Math.max(0, amount));
  return conv(e, cropped, live, {
    kernel,
    channels: g.channels,
    group: g.groups,
    stride: g.stride,
    pads,
    innerBatch: g.innerBatch,
  });
}

/** Options of a Conv node; padding and strides count pixels of `innerBatch` values. */
interface ConvOptions {
  kernel: readonly number[];
  /** Of the input, all groups together. */
  channels: number;
  group: number;
  stride: number;
  /** Top, left, bottom, right. */
  pads: readonly number[];
  innerBatch: number;
}

export function conv(e: Emitter, x: string, w: string, options: ConvOptions): string {
  const { kernel, channels, group, stride, pads, innerBatch } = options;
  return emitConv(e, x, w, channels, {
    kernel_shape: [...kernel],
    group,
    strides: [stride, stride],
    pads: pads.map((amount, side) => (side % 2 === 1 ? amount * innerBatch : amount)),
    dilations: [1, innerBatch],
  });
}
