/** Convolutions and their gradients as TensorFlow's own, which call oneDNN (or cuDNN): images channels last, filters [kh, kw, in, out]. */
import { laidOut, reorder } from '../../graph/laid-out.ts';
import { type Layout, physicalShape } from '../../graph/layout.ts';
import { type Conv2dGeometry, filterShape, inputShape, outputShape } from '../../kernels/conv2d.ts';
import { type LiveTaps, liveTaps } from '../../kernels/taps.ts';
import { type Emitter, type Handle, types, type Value } from './emitter.ts';

/** [N, C, H, W] in memory as [N, H, W, C]. */
export const IMAGE: Layout = [0, 2, 3, 1];
/** [O, I, kh, kw] in memory as [kh, kw, I, O]. */
const FILTER: Layout = [2, 3, 1, 0];
/** [C, 1, kh, kw] in memory as [kh, kw, C, 1]. */
const DEPTHWISE: Layout = [2, 3, 0, 1];

/** One convolution without the taps and pixels that never meet; what is cut off is zero in a gradient. */
interface Window {
  readonly attributes: { strides: number[]; padding: 'SAME' | 'VALID' };
  /** Padding [top, left] and [bottom, right] (negative: cropping) where no padding rule of TensorFlow does it. */
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** Height and width after that. */
  readonly input: readonly number[];
  /** Taps that are used, and how many are left out before them. */
  readonly kernel: readonly number[];
  readonly first: readonly number[];
}

function windowOf(g: Conv2dGeometry): Window {
  const taps = ([0, 1] as const).map((axis) => {
    const [kernel, input, output] = [g.kernel[axis], g.input[axis], g.output[axis]];
    return liveTaps({ kernel, input, output, stride: g.stride, before: g.padding });
  }) as [LiveTaps, LiveTaps];
  // Pixels after the last window need no cropping while they are fewer than a stride.
  const after = taps.map((tap) => (-tap.after < g.stride ? Math.max(0, tap.after) : tap.after));
  const before = taps.map((tap) => tap.before);
  // TensorFlow's 'SAME' puts the odd zero of a strided convolution behind the image, where PyTorch has it before.
  const same = taps.every((tap, axis) => {
    const fits = Math.ceil((g.input[axis] as number) / g.stride) === g.output[axis];
    return fits && tap.before >= 0 && (after[axis] === tap.before || after[axis] === tap.before + 1);
  });
  const none = [0, 0];
  return {
    // Explicit padding is an attribute too, but with it TensorFlow does not give the gradients to oneDNN.
    attributes: { strides: [1, g.stride, g.stride, 1], padding: same ? 'SAME' : 'VALID' },
    before: same ? none : before,
    after: same ? none : after,
    input: g.input.map((size, axis) => (same ? size : size + (before[axis] as number) + (after[axis] as number))),
    kernel: taps.map(({ kernel }) => kernel),
    first: taps.map(({ first }) => first),
  };
}

/** An image as its windows read it, [N, H, W, C]. */
function framed(e: Emitter, x: Handle, { before, after }: Window): Handle {
  return e.frame(x, [0, ...before, 0], [0, ...after, 0]);
}

/** The inverse of `framed`: padding is cropped, and pixels that no window reads are zero. */
function unframed(e: Emitter, x: Handle, { before, after }: Window): Handle {
  const turned = (amounts: readonly number[]): number[] => [0, ...amounts.map((amount) => -amount), 0];
  return e.frame(x, turned(before), turned(after));
}

/** The taps that ever meet a pixel, [kh, kw, I, O]. */
function usedTaps(e: Emitter, w: Handle, { kernel, first }: Window): Handle {
  return e.slice(w, [...first, 0, 0], [...kernel, ...w.shape.slice(2)]);
}

/** All taps again: those that never met a pixel have no gradient. */
function allTaps(e: Emitter, w: Handle, { kernel, first }: Window, size: readonly number[]): Handle {
  const rest = kernel.map((used, axis) => (size[axis] as number) - used - (first[axis] as number));
  return e.frame(w, [...first, 0, 0], [...rest, 0, 0]);
}

/** Convolutions as TensorFlow has them: what its operations are called, and how many of them one of ours takes. */
interface Kind {
  readonly op: 'Conv2D' | 'DepthwiseConv2dNative';
  /** [O, I, kh, kw] in memory as that operation has it. */
  readonly filter: Layout;
  /** Equal parts that channels are cut into, each with an operation of its own. */
  readonly parts: number;
}

/** TensorFlow's CPU gradients know whole convolutions and those of each channel by itself; other groups are taken one by one. */
const kindOf = ({ groups, inChannels, outChannels }: Conv2dGeometry): Kind =>
  groups > 1 && groups === inChannels && groups === outChannels
    ? { op: 'DepthwiseConv2dNative', filter: DEPTHWISE, parts: 1 }
    : { op: 'Conv2D', filter: FILTER, parts: groups };

type Kernel = (a: Handle, b: Handle, window: Window) => Handle;

/** A tensor cut into equal parts along its last axis. */
function partsOf(e: Emitter, x: Handle, parts: number): Handle[] {
  const channels = (x.shape.at(-1) as number) / parts;
  const size = [...x.shape.slice(0, -1), channels];
  return Array.from({ length: parts }, (_, i) => e.slice(x, [0, 0, 0, i * channels], size));
}

/** A kernel over the equal parts of its operands. */
function byPart(e: Emitter, g: Conv2dGeometry, parts: number, a: Handle, b: Handle, kernel: Kernel): Handle {
  const window = windowOf(g);
  const [left, right] = [partsOf(e, a, parts), partsOf(e, b, parts)];
  return e.concat(
    left.map((part, i) => kernel(part, right[i] as Handle, window)),
    3,
  );
}

const attributes = (window: Window) => ({ ...types({ T: 'float32' }), ...window.attributes });

/** y = conv(x, w). */
export function lowerConv2d(e: Emitter, x: Value, w: Value, g: Conv2dGeometry): Value {
  const { op, filter: layout, parts } = kindOf(g);
  const y = byPart(e, g, parts, reorder(e, x, IMAGE), reorder(e, w, layout), (image, filter, window) => {
    const operands = [framed(e, image, window), usedTaps(e, filter, window)];
    return e.emit(op, operands, attributes(window), { shape: [g.batch, ...g.output, g.outChannels / parts] });
  });
  return laidOut(y, outputShape(g), IMAGE);
}

/** dx of y = conv(x, w). */
export function lowerConv2dInputGrad(e: Emitter, dy: Value, w: Value, g: Conv2dGeometry): Value {
  const { op, filter: layout, parts } = kindOf(g);
  const dx = byPart(e, g, parts, reorder(e, dy, IMAGE), reorder(e, w, layout), (image, filter, window) => {
    const size = [g.batch, ...window.input, g.inChannels / parts];
    const operands = [e.ints(size), usedTaps(e, filter, window), image];
    const read = e.emit(`${op}BackpropInput`, operands, attributes(window), { shape: size, dtype: 'float32' });
    return unframed(e, read, window);
  });
  return laidOut(dx, inputShape(g), IMAGE);
}

/** Channels that oneDNN's kernels handle at a time. */
const BLOCK = 16;

/**
 * Whether oneDNN 3.7 may write beyond its memory: its filter gradient of a strided convolution by one tap first gathers the pixels by
 * blocks of channels. Seen to end the process with fewer channels than a block; what is no whole number of them is kept from it too.
 */
const gathersTooMuch = ({ kernel, attributes: { strides } }: Window, channels: number): boolean =>
  kernel.every((taps) => taps === 1) && (strides[1] as number) > 1 && channels % BLOCK !== 0;

/** Every stride-th pixel of an image [N, H, W, C], [N, H', W', C]. */
function everyStrideth(e: Emitter, image: Handle, { stride, output: [rows, columns] }: Conv2dGeometry): Handle {
  const [batch, height, width, channels] = image.shape as [number, number, number, number];
  const whole = e.frame(image, [0, 0, 0, 0], [0, rows * stride - height, columns * stride - width, 0]);
  const lines = e.reshape(whole, [batch * rows, stride, columns, stride * channels]);
  const kept = e.slice(lines, [0, 0, 0, 0], [batch * rows, 1, columns, channels]);
  return e.reshape(kept, [batch, rows, columns, channels]);
}

/** dw of y = conv(x, w). */
export function lowerConv2dFilterGrad(e: Emitter, x: Value, dy: Value, g: Conv2dGeometry): Value {
  const { op, filter: layout, parts } = kindOf(g);
  const dw = byPart(e, g, parts, reorder(e, x, IMAGE), reorder(e, dy, IMAGE), (image, gradient, window) => {
    const channels = physicalShape([g.outChannels / parts, g.inChannels / g.groups], layout.slice(2));
    const size = [...window.kernel, ...channels];
    const [read, steps] = gathersTooMuch(window, image.shape[3] as number)
      ? [everyStrideth(e, framed(e, image, window), g), { ...attributes(window), strides: [1, 1, 1, 1] }]
      : [framed(e, image, window), attributes(window)];
    const used = e.emit(`${op}BackpropFilter`, [read, e.ints(size), gradient], steps, { shape: size });
    return allTaps(e, used, window, g.kernel);
  });
  return laidOut(dw, filterShape(g), layout);
}
