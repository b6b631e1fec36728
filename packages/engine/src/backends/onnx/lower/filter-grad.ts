/**
 * The gradient of a convolution in its weights.
 *
 * As matrix products or as a convolution with exchanged roles it runs near the machine's peak. As the convolution that textbooks give,
 * with a kernel as large as the image, it does not.
 */
import { filterShape } from '../../../kernels/conv2d.ts';
import { areSmallMaps, type ChwnGeometry } from '../chwn.ts';
import { multiplyConv2dFilterGrad } from './conv-products.ts';
import { type Emitter, LONGEST_ROW } from './emitter.ts';
import { gatheredProduct } from './filter-grad-gpu.ts';
import { conv } from './windows.ts';

/** Gradient in w. */
export function lowerConv2dFilterGrad(e: Emitter, x: string, dy: string, g: ChwnGeometry): string {
  if (g.innerBatch !== undefined && areSmallMaps(g)) return multiplyConv2dFilterGrad(e, x, dy, g);
  if (e.device !== 'cpu') return e.reshape(gatheredProduct(e, x, dy, g), filterShape(g));
  const gradient = g.batch > 1 && g.groups === 1 ? exchangedRoles(e, x, dy, g) : unfoldedProduct(e, x, dy, g);
  return e.reshape(gradient, filterShape(g));
}

/** dy times the unfolded input, summed over examples. */
function unfoldedProduct(e: Emitter, x: string, dy: string, g: ChwnGeometry): string {
  const positions = g.output[0] * g.output[1] * (g.innerBatch ?? 1);
  const [outGroup, inGroup] = [g.outChannels / g.groups, g.inChannels / g.groups];
  const columns = inGroup * g.kernel[0] * g.kernel[1];
  const unfolded = e.reshape(unfold(e, x, g), [g.batch, g.groups, columns, positions]);
  if (g.batch === 1 && g.groups === 1) {
    const rows = e.reshape(dy, [outGroup, positions]);
    return e.emit('Gemm', [rows, e.reshape(unfolded, [columns, positions])], { transB: 1 });
  }
  const rows = e.reshape(dy, [g.batch, g.groups, outGroup, positions]);
  const each = e.emit('MatMul', [rows, e.transpose(unfolded, [0, 1, 3, 2])]);
  return g.batch === 1 ? each : e.emit('ReduceSum', [each, e.ints([0])], { keepdims: 0 });
}

/**
 * A convolution of x with dy as its kernel. The examples take the role of input channels, and each pixel consists of x's channels: for a
 * tap ONNX Runtime then copies rows as long as there are channels. The unfolded batch is never in memory.
 */
function exchangedRoles(e: Emitter, x: string, dy: string, g: ChwnGeometry): string {
  const { batch, inChannels: channels, padding, stride } = g;
  // Pixels after the last window are cropped; where the last window reaches over the edge, zeros are added.
  const after = ([0, 1] as const).map((i) => (g.output[i] - 1) * stride + g.kernel[i] - g.input[i] - padding);
  const crop = after.map((amount) => Math.min(0, amount));
  const read = e.pad(x, [batch, channels, ...g.input], [0, 0, 0, 0], [0, 0, ...crop]);
  const [rows, columns] = g.input.map((size, i) => size + (crop[i] as number)) as [number, number];
  const pixels = e.reshape(e.transpose(read, [0, 2, 3, 1]), [1, batch, rows, columns * channels]);
  const spare = after.map((amount) => Math.max(0, amount));
  const taps = e.emit('Conv', [pixels, e.transpose(dy, [1, 0, 2, 3])], {
    kernel_shape: [...g.output],
    group: 1,
    strides: [1, 1],
    pads: [padding, padding * channels, spare[0] as number, (spare[1] as number) * channels],
    dilations: [stride, stride * channels],
  });
  return e.transpose(e.reshape(taps, [g.outChannels, g.kernel[0] * g.kernel[1], channels]), [0, 2, 1]);
}

/** Every stride-th pixel of padded images, [N, C, H', W']: what a strided 1x1 convolution sees. */
function everyStrideth(e: Emitter, x: string, g: ChwnGeometry): string {
  const { batch, inChannels, padding, stride } = g;
  const [rows, columns] = g.output;
  const read = [rows * stride, columns * stride] as const;
  const before = [0, 0, padding, padding];
  const after = [0, 0, read[0] - g.input[0] - padding, read[1] - g.input[1] - padding];
  const whole = e.pad(x, [batch, inChannels, ...g.input], before, after);
  // `stride` rows of the image make one line, and a product picks from the first: it runs on all threads, copying on one.
  const line = stride * read[1];
  if (e.device !== 'cpu' || line > LONGEST_ROW) return e.slice(whole, [2, 3], [0, 0], read, [stride, stride]);
  const picks = Array.from({ length: columns }, (_, column) => column * stride);
  const lines = e.reshape(whole, [batch * inChannels * rows, line]);
  return e.reshape(e.emit('MatMul', [lines, e.selection(line, picks)]), [batch, inChannels, rows, columns]);
}

/**
 * The input seen by each tap at each output position, [N, C kh kw, H', W']. A depthwise convolution with one-hot weights
 * copies it in one multi-threaded pass; slices and a concatenation take twice as long on one thread.
 */
function unfold(e: Emitter, x: string, g: ChwnGeometry): string {
  const [kh, kw] = g.kernel;
  const taps = kh * kw;
  const innerBatch = g.innerBatch ?? 1;
  if (taps === 1) {
    if (g.stride > 1) return everyStrideth(e, x, g);
    const margin = [0, 0, g.padding, g.padding * innerBatch];
    return e.pad(x, [g.batch, g.inChannels, g.input[0], g.input[1] * innerBatch], margin, margin);
  }
  const oneHot = new Float32Array(g.inChannels * taps * taps);
  for (let i = 0; i < g.inChannels * taps; i++) oneHot[i * taps + (i % taps)] = 1;
  const weights = e.constant('float32', [g.inChannels * taps, 1, kh, kw], oneHot);
  const pads = [g.padding, g.padding, g.padding, g.padding];
  return conv(e, x, weights, {
    kernel: g.kernel,
    channels: g.inChannels,
    group: g.inChannels,
    stride: g.stride,
    pads,
    innerBatch,
  });
}
