/** Gradient of a convolution in its weights on a GPU: one gather unfolds the input, and a matrix product does the rest. */
import type { Conv2dGeometry } from '../../../kernels/conv2d.ts';
import type { Emitter } from './emitter.ts';
import { unfoldByGather } from './unfold.ts';

/** The unfolded `x` times `dy`, summed over examples: [O, I kh kw] row by row, for each group. */
export function gatheredProduct(e: Emitter, x: string, dy: string, g: Conv2dGeometry): string {
  const positions = g.output[0] * g.output[1];
  const [outGroup, inGroup] = [g.outChannels / g.groups, g.inChannels / g.groups];
  const taps = inGroup * g.kernel[0] * g.kernel[1];
  const unfolded = e.reshape(unfoldByGather(e, x, [g.batch, g.inChannels, ...g.input], g), [
    g.batch,
    g.groups,
    taps,
    positions,
  ]);
  // dy is the smaller operand, so it is the one that is transposed.
  const columns = e.transpose(e.reshape(dy, [g.batch, g.groups, outGroup, positions]), [0, 1, 3, 2]);
  const each = e.emit('MatMul', [unfolded, columns]);
  const sum = g.batch === 1 ? each : e.emit('ReduceSum', [each, e.ints([0])], { keepdims: 0 });
  return e.transpose(e.reshape(sum, [g.groups, taps, outGroup]), [0, 2, 1]);
}
