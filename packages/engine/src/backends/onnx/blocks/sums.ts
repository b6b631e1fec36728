/**
 * Sums over an image's pixels in blocks of channels: a convolution of each channel alone whose kernel covers the image. Its weights are ones,
 * or the other factor where a product of two images is summed, whose blocks lie as such a kernel's do.
 */
import { sameShape, sizeOf } from '../../../graph/graph.ts';
import type { OnnxNode } from '../format.ts';
import { LONGEST_SUM } from '../lower/sum.ts';
import type { Arrangement } from './arrangement.ts';

/** Values from which that takes less time: a convolution always runs on all threads, whose meeting costs more than a pass over fewer. */
const FEWEST = 8192;

/** Places the sums [N, C, 1, 1] of images in blocks; false for other sums. */
export function arrangePixelSums(a: Arrangement, { inputs, outputs }: OnnxNode): boolean {
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

/** The two images whose product x is, if nothing else reads it. Weights are the same for all of a batch. */
function factors(a: Arrangement, x: string, batch: number): readonly [string, string] | undefined {
  const product = a.maker(x);
  if (batch > 1 || product?.type !== 'Mul' || !a.isReadOnce(x)) return undefined;
  const [left, right] = product.inputs as [string, string];
  const areImages = [left, right].every(
    (input) => sameShape(a.shape(input) ?? [], a.shape(x) ?? []) && !a.constant(input),
  );
  return areImages ? [left, right] : undefined;
}
