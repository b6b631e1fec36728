/** Convolutions in blocks of channels: of images in blocks, of an image with few channels as it is, and of each channel alone. */
import { sizeOf } from '../../../graph/graph.ts';
import { split, transposed, type View, values, viewOf } from '../fold/view.ts';
import type { OnnxNode } from '../format.ts';
import type { Arrangement } from './arrangement.ts';
import { FEWEST_POSITIONS, type Filters, moved } from './weights.ts';

/** What a kernel wants of images and weights. */
type Kernel = 'blocks' | 'image' | 'depthwise';

function kernelFor(block: number, channels: number, [out, into]: Filters, groups: number): Kernel | undefined {
  if (groups > 1 && groups === channels && out === channels) return out % block === 0 ? 'depthwise' : undefined;
  if (into % block === 0 && (groups === 1 || (out / groups) % block === 0)) return 'blocks';
  return groups === 1 && into < block ? 'image' : undefined;
}

/** Weights as [O / b, I / b, kh, kw, b of I, b of O], or as [O / b, I, kh, kw, b] where I is not in blocks. */
const orderOf = (kernel: Kernel): readonly number[] => (kernel === 'blocks' ? [0, 2, 4, 5, 3, 1] : [0, 2, 3, 4, 1]);

/** The weights with zeros for the output channels that are missing in the last block. */
function filled(view: View, block: number): View {
  const [out, ...filter] = view.dims as Filters;
  if (out % block === 0) return view;
  const whole = [Math.ceil(out / block) * block, ...filter];
  const data = new Float32Array(sizeOf(whole));
  data.set(values(view));
  return viewOf(data, whole);
}

function ordered(a: Arrangement, w: string, view: View, kernel: Kernel): string {
  const whole = filled(view, a.block);
  const outs = split(whole, 0, a.block);
  const axes = kernel === 'blocks' ? split(outs, 2, a.block) : outs;
  return a.rearranged(w, kernel, { ...transposed(axes, orderOf(kernel)), as: whole.dims });
}

/** The weights in a kernel's order, if that is worth its price. */
function weightsFor(a: Arrangement, w: string, kernel: Kernel, positions: number): string | undefined {
  const view = a.constant(w);
  if (view !== undefined) return ordered(a, w, view, kernel);
  const [out, , rows, columns] = a.shape(w) as Filters;
  if (kernel === 'depthwise' && rows === 1 && columns === 1) return a.plain(w);
  if (kernel !== 'blocks' || out % a.block !== 0 || positions < FEWEST_POSITIONS) return undefined;
  return moved(a, w);
}

/** Places a Conv node; false where no kernel for blocks takes it. */
export function arrangeConv(a: Arrangement, { inputs, outputs, attributes }: OnnxNode): boolean {
  const [x, w, bias] = inputs as [string, string, string?];
  const [name] = outputs as [string];
  const [from, filters, to] = [a.shape(x), a.shape(w), a.shape(name)];
  if (from?.length !== 4 || filters?.length !== 4 || to?.length !== 4) return false;
  const [batch, channels] = from as Filters;
  const kernel = kernelFor(a.block, channels, filters as Filters, attributes.group as number);
  if (kernel === undefined) return false;
  const isWhole = a.fits(to);
  // Images of three channels, say, of which a block is made: nothing but a move out of it is done with that.
  if (!isWhole && (bias !== undefined || a.constant(w) === undefined || (attributes.group as number) > 1)) return false;
  const [, , rows, columns] = to as Filters;
  const weights = weightsFor(a, w, kernel, batch * rows * columns);
  if (weights === undefined) return false;
  const images = kernel === 'image' ? a.plain(x) : a.blocked(x);
  a.convolve(name, { x: images, w: weights, attributes, ...(bias !== undefined && { bias: a.plain(bias) }) });
  if (!isWhole) a.plain(name);
  return true;
}
