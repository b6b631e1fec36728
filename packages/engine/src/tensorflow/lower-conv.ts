/** Convolutions and their gradients as TensorFlow's own, which call oneDNN (or cuDNN): images channels last, filters [kh, kw, in, out]. */
import { type Conv2dGeometry, filterShape, inputShape, outputShape } from '../kernels/conv2d.ts';
import { type LiveTaps, liveTaps } from '../onnx/taps.ts';
import { type Emitter, type Handle, types } from './emitter.ts';
import type { Order } from './order.ts';
import { arranged, type Placed, placed } from './placed.ts';

/** [N, C, H, W] in memory as [N, H, W, C]. */
export const IMAGE: Order = [0, 2, 3, 1];
/** [O, I, kh, kw] in memory as [kh, kw, I, O]. */
export const FILTER: Order = [2, 3, 1, 0];

/** One convolution without the taps and pixels that never meet; what is cut off is zero in a gradient. */
interface Window {
  readonly attributes: { strides: number[]; padding: string; explicit_paddings: number[] };
  /** Pixels that are read, and how many are left out before them. */
  readonly input: readonly number[];
  readonly skipped: readonly number[];
  /** Taps that are used, and how many are left out before them. */
  readonly kernel: readonly number[];
  readonly first: readonly number[];
}

function windowOf(g: Conv2dGeometry): Window {
  const taps = ([0, 1] as const).map((axis) => {
    const [kernel, input, output] = [g.kernel[axis], g.input[axis], g.output[axis]];
    return liveTaps({ kernel, input, output, stride: g.stride, before: g.padding });
  }) as [LiveTaps, LiveTaps];
  // Pixels after the last window do no harm while they are fewer than a stride.
  const after = taps.map((tap) => (-tap.after < g.stride ? Math.max(0, tap.after) : tap.after));
  const skipped = taps.map(({ before }) => Math.max(0, -before));
  const pads = taps.flatMap(({ before }, axis) => [Math.max(0, before), Math.max(0, after[axis] as number)]);
  const padded = pads.some((amount) => amount > 0);
  return {
    attributes: {
      strides: [1, g.stride, g.stride, 1],
      padding: padded ? 'EXPLICIT' : 'VALID',
      explicit_paddings: padded ? [0, 0, ...pads, 0, 0] : [],
    },
    input: g.input.map((size, axis) => size - (skipped[axis] as number) + Math.min(0, after[axis] as number)),
    skipped,
    kernel: taps.map(({ kernel }) => kernel),
    first: taps.map(({ first }) => first),
  };
}

const HEIGHT_AND_WIDTH = [1, 2];

/** The part of an image that its windows read, [N, H, W, C]. */
function readPixels(e: Emitter, x: Handle, { input, skipped }: Window): Handle {
  const size = x.shape.map((length, axis) => (HEIGHT_AND_WIDTH.includes(axis) ? (input[axis - 1] as number) : length));
  return e.slice(x, [0, ...skipped, 0], size);
}

/** The taps that ever meet a pixel, [kh, kw, I, O]. */
function usedTaps(e: Emitter, w: Handle, { kernel, first }: Window): Handle {
  return e.slice(w, [...first, 0, 0], [...kernel, ...w.shape.slice(2)]);
}

/** Zeros where nothing was read. */
function surrounded(e: Emitter, x: Handle, before: readonly number[], shape: readonly number[]): Handle {
  const after = shape.map((size, axis) => size - (x.shape[axis] as number) - (before[axis] as number));
  return e.pad(x, before, after);
}

type Kernel = (a: Handle, b: Handle, window: Window) => Handle;

/** A tensor cut into equal groups along its last axis. */
function groupsOf(e: Emitter, x: Handle, groups: number): Handle[] {
  const channels = (x.shape.at(-1) as number) / groups;
  const size = [...x.shape.slice(0, -1), channels];
  return Array.from({ length: groups }, (_, i) => e.slice(x, [0, 0, 0, i * channels], size));
}

/** A kernel over channel groups: TensorFlow's CPU gradients know only whole convolutions. */
function grouped(e: Emitter, g: Conv2dGeometry, a: Handle, b: Handle, kernel: Kernel): Handle {
  const window = windowOf(g);
  const [left, right] = [groupsOf(e, a, g.groups), groupsOf(e, b, g.groups)];
  const parts = left.map((part, i) => kernel(part, right[i] as Handle, window));
  return e.concat(parts, 3);
}

const attributes = (window: Window) => ({ ...types({ T: 'float32' }), ...window.attributes });

/** y = conv(x, w). */
export function lowerConv2d(e: Emitter, x: Placed, w: Placed, g: Conv2dGeometry): Placed {
  const shape = outputShape(g);
  const y = grouped(e, g, arranged(e, x, IMAGE), arranged(e, w, FILTER), (image, filter, window) => {
    const operands = [readPixels(e, image, window), usedTaps(e, filter, window)];
    const channels = filter.shape[3] as number;
    return e.emit('Conv2D', operands, attributes(window), { shape: [g.batch, ...g.output, channels] });
  });
  return placed(y, shape, IMAGE);
}

/** dx of y = conv(x, w). */
export function lowerConv2dInputGrad(e: Emitter, dy: Placed, w: Placed, g: Conv2dGeometry): Placed {
  const shape = inputShape(g);
  const dx = grouped(e, g, arranged(e, dy, IMAGE), arranged(e, w, FILTER), (image, filter, window) => {
    const channels = filter.shape[2] as number;
    const size = [g.batch, ...window.input, channels];
    const operands = [e.ints(size), usedTaps(e, filter, window), image];
    const read = e.emit('Conv2DBackpropInput', operands, attributes(window), { shape: size, dtype: 'float32' });
    return surrounded(e, read, [0, ...window.skipped, 0], [g.batch, ...g.input, channels]);
  });
  return placed(dx, shape, IMAGE);
}

/** dw of y = conv(x, w). */
export function lowerConv2dFilterGrad(e: Emitter, x: Placed, dy: Placed, g: Conv2dGeometry): Placed {
  const shape = filterShape(g);
  const dw = grouped(e, g, arranged(e, x, IMAGE), arranged(e, dy, IMAGE), (image, gradient, window) => {
    const channels = [image.shape[3] as number, gradient.shape[3] as number];
    const size = [...window.kernel, ...channels];
    const operands = [readPixels(e, image, window), e.ints(size), gradient];
    const used = e.emit('Conv2DBackpropFilter', operands, attributes(window), { shape: size });
    return surrounded(e, used, [...window.first, 0, 0], [...g.kernel, ...channels]);
  });
  return placed(dw, shape, FILTER);
}
