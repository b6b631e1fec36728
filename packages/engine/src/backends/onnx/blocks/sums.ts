/**
 * Sums over the pixels of images in blocks, as a depthwise convolution whose kernel covers the whole image.
 *
 * The weights are ones. Where the sum is of a product of two images, the weights are the second image: in blocks it lies as such a
 * kernel's weights do.
 */
import { sameShape, sizeOf } from '../../../graph/graph.ts';
import type { OnnxNode } from '../format.ts';
import { LONGEST_SUM } from '../lower/sum.ts';
import type { BlockedGraph } from './blocked-graph.ts';

/** With fewer values, a plain sum takes less time: a convolution starts all threads. */
const FEWEST = 8192;

/** Emits the sums [N, C, 1, 1] of images in blocks; false for other sums. */
export function blockPixelSums(a: BlockedGraph, { inputs, outputs }: OnnxNode): boolean {
  const [x] = inputs as [string];
  const [name] = outputs as [string];
  const [shape, to] = [a.shape(x), a.shape(name)];
  if (!a.fits(shape) || a.isPlain(x)) return false;
  const [batch, channels, height, width] = shape;
  if (!sameShape(to ?? [], [batch, channels, 1, 1]) || height * width > LONGEST_SUM || sizeOf(shape) < FEWEST)
    return false;
  const [images, weights] = factors(a, x, batch) ?? [x, undefined];
  const filter = [channels, 1, height, width];
  a.convolve(name, {
    x: a.blocked(images),
    w: weights === undefined ? a.ones(filter) : a.emit('Reshape', [a.blocked(weights), a.ints(filter)]),
    attributes: { kernel_shape: [height, width], group: channels },
  });
  return true;
}

/** The two images whose product x is, where nothing else reads x. A convolution has the same weights for a whole batch, so the batch must be 1. */
function factors(a: BlockedGraph, x: string, batch: number): readonly [string, string] | undefined {
  const product = a.maker(x);
  if (batch > 1 || product?.type !== 'Mul' || !a.isReadOnce(x)) return undefined;
  const [left, right] = product.inputs as [string, string];
  const areImages = [left, right].every(
    (input) => sameShape(a.shape(input) ?? [], a.shape(x) ?? []) && !a.constant(input),
  );
  return areImages ? [left, right] : undefined;
}
