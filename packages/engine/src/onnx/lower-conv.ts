/**
 * Convolutions and their gradients as plain Conv and matrix products, which ONNX Runtime runs near the machine's peak;
 * its ConvTranspose and convolutions with image-sized kernels do not.
 */
import { type Conv2dGeometry, filterShape, outputShape } from '../kernels/conv2d.ts';
import type { Emitter } from './emitter.ts';

/** y = conv(x, w). */
export function lowerConv2d(e: Emitter, x: string, w: string, g: Conv2dGeometry): string {
  return conv(e, x, w, g.kernel, g.groups, g.stride, [g.padding, g.padding, g.padding, g.padding]);
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

/** Gradient in x: a convolution of dy with turned weights; a stride becomes phases that DepthToSpace interleaves. */
export function lowerConv2dInputGrad(e: Emitter, dy: string, w: string, g: Conv2dGeometry): string {
  if (g.stride === 1) return unstridedInputGrad(e, dy, w, g);
  return g.kernel[0] === 1 && g.kernel[1] === 1 ? pointwiseInputGrad(e, dy, w, g) : phasedInputGrad(e, dy, w, g);
}

/** [O, C/g, kh, kw] as [g, O/g, C/g, kh, kw]. */
function grouped(e: Emitter, w: string, g: Conv2dGeometry): string {
  return e.reshape(w, [g.groups, g.outChannels / g.groups, g.inChannels / g.groups, ...g.kernel]);
}

/** Weights with input and output channels exchanged, [C, O/g, kh, kw]. */
function exchanged(e: Emitter, w: string, g: Conv2dGeometry): string {
  if (g.groups === 1) return e.transpose(w, [1, 0, 2, 3]);
  return e.reshape(e.transpose(grouped(e, w, g), [0, 2, 1, 3, 4]), [
    g.inChannels,
    g.outChannels / g.groups,
    ...g.kernel,
  ]);
}

function unstridedInputGrad(e: Emitter, dy: string, w: string, g: Conv2dGeometry): string {
  const [kh, kw] = g.kernel;
  const turned = kh === 1 && kw === 1 ? exchanged(e, w, g) : e.reverse(exchanged(e, w, g), [2, 3]);
  return convOnPadded(e, dy, turned, g, [kh, kw], [kh - 1 - g.padding, kw - 1 - g.padding], g.input);
}

/** Convolves dy, padded (or cropped) before by `before` and after so that the result has size `to`. */
function convOnPadded(
  e: Emitter,
  dy: string,
  w: string,
  g: Conv2dGeometry,
  kernel: [number, number],
  before: [number, number],
  to: readonly [number, number],
): string {
  const after = [0, 1].map(
    (i) => (to[i] as number) - 1 + (kernel[i] as number) - (g.output[i] as number) - (before[i] as number),
  ) as [number, number];
  const crop = (amount: number): number => Math.min(0, amount);
  const cropped = e.pad(dy, outputShape(g), [0, 0, ...before.map(crop)], [0, 0, ...after.map(crop)]);
  const pads = [...before, ...after].map((amount) => Math.max(0, amount));
  return conv(e, cropped, w, kernel, g.groups, 1, pads);
}

/** A strided 1x1 convolution touches every stride-th pixel: the others get zeros. */
function pointwiseInputGrad(e: Emitter, dy: string, w: string, g: Conv2dGeometry): string {
  const s = g.stride;
  const [rows, columns] = g.output;
  const small = conv(e, dy, exchanged(e, w, g), [1, 1], g.groups, 1, [0, 0, 0, 0]);
  const shape = [g.batch, g.inChannels, rows, 1, columns, 1];
  const spread = e.pad(e.reshape(small, shape), shape, [0, 0, 0, 0, 0, 0], [0, 0, 0, s - 1, 0, s - 1]);
  return window(e, e.reshape(spread, [g.batch, g.inChannels, rows * s, columns * s]), g, [rows * s, columns * s]);
}

/**
 * dx[q s + f - p] = sum_t dy[q - t] w[f + s t] for each phase f < s: all phases are the channels of one convolution with
 * ceil(k / s) taps a side.
 */
function phasedInputGrad(e: Emitter, dy: string, w: string, g: Conv2dGeometry): string {
  const s = g.stride;
  const taps = g.kernel.map((k) => Math.ceil(k / s)) as [number, number];
  const [outGroup, inGroup] = [g.outChannels / g.groups, g.inChannels / g.groups];
  const shape = [g.groups, outGroup, inGroup, ...g.kernel];
  const padded = e.pad(
    grouped(e, w, g),
    shape,
    [0, 0, 0, 0, 0],
    [0, 0, 0, s * taps[0] - g.kernel[0], s * taps[1] - g.kernel[1]],
  );
  const phases = e.reverse(e.reshape(padded, [g.groups, outGroup, inGroup, taps[0], s, taps[1], s]), [3, 5]);
  const weights = e.reshape(e.transpose(phases, [0, 2, 4, 6, 1, 3, 5]), [g.inChannels * s * s, outGroup, ...taps]);
  const q = [0, 1].map((i) => Math.floor((g.padding + (g.input[i] as number) - 1) / s) + 1) as [number, number];
  const channels = convOnPadded(e, dy, weights, g, taps, [taps[0] - 1, taps[1] - 1], q);
  const image = e.emit('DepthToSpace', [channels], { blocksize: s, mode: 'CRD' });
  return window(e, image, g, [q[0] * s, q[1] * s]);
}

/** The input's window of a padded image that starts `padding` before it. */
function window(e: Emitter, padded: string, g: Conv2dGeometry, size: readonly [number, number]): string {
  const before = [0, 0, -g.padding, -g.padding];
  const after = [0, 0, g.input[0] + g.padding - size[0], g.input[1] + g.padding - size[1]];
  return e.pad(padded, [g.batch, g.inChannels, ...size], before, after);
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
