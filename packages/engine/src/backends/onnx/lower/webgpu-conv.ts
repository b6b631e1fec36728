/**
 * Convolutions that avoid wrong results of the WebGPU kernels of ONNX Runtime 1.30. Each was found by comparison with the CPU:
 *
 * - Where all padding comes after the image, a kernel of one pixel or of the image's own size ignores it.
 * - Input channels are mixed up where they are more than 3 and a multiple of 3 but not of 4 (onnxruntime issue 29651).
 * - A depthwise kernel with several outputs a channel reads the wrong inputs. Nothing is lowered to one (`filter-grad-gpu.ts`).
 */
import type { OnnxAttribute } from '../format.ts';
import type { Emitter } from './emitter.ts';

interface ConvAttributes extends Readonly<Record<string, OnnxAttribute>> {
  readonly kernel_shape: readonly number[];
  readonly group: number;
  /** Top, left, bottom, right. */
  readonly pads: readonly number[];
}

/** Emits a Conv of `x` [N, channels, H, W]. */
export function emitConv(e: Emitter, x: string, w: string, channels: number, attributes: ConvAttributes): string {
  if (e.device !== 'webgpu') return e.emit('Conv', [x, w], attributes);
  const { kernel_shape: kernel, group, pads } = attributes;
  const [top = 0, left = 0, bottom = 0, right = 0] = pads;
  if (top === 0 && left === 0 && bottom + right > 0) {
    const padded = padAxes(e, x, [0, 0, bottom, right]);
    return emitConv(e, padded, w, channels, { ...attributes, pads: [0, 0, 0, 0] });
  }
  const isPoint = kernel.every((size) => size === 1);
  const isMixedUp = group === 1 && !isPoint && channels > 3 && channels % 3 === 0 && channels % 4 !== 0;
  if (!isMixedUp) return e.emit('Conv', [x, w], attributes);
  const spare = [0, 4 - (channels % 4), 0, 0];
  return e.emit('Conv', [padAxes(e, x, spare), padAxes(e, w, spare)], attributes);
}

/** `x` [., ., ., .] with zeros after each axis. */
const padAxes = (e: Emitter, x: string, after: readonly number[]): string =>
  e.emit('Pad', [x, e.ints([0, 0, 0, 0, ...after]), e.scalar(0)]);
