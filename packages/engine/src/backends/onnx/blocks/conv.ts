/** Convolutions whose result is in blocks: over images in blocks, over images of few channels in NCHW, and depthwise. */
import { sizeOf } from '../../../graph/graph.ts';
import { contiguous } from '../fold/copy.ts';
import { split, transposed, type View, viewOf } from '../fold/view.ts';
import type { OnnxNode } from '../format.ts';
import type { BlockedGraph } from './blocked-graph.ts';
import { FEWEST_POSITIONS, type Filters, reorderWeights } from './weights.ts';

/** Kernels of ONNX Runtime, by the images that they read. */
type Kernel = 'blocks' | 'image' | 'depthwise';

function kernelFor(block: number, channels: number, [out, into]: Filters, groups: number): Kernel | undefined {
  if (groups > 1 && groups === channels && out === channels) return out % block === 0 ? 'depthwise' : undefined;
  if (into % block === 0 && (groups === 1 || (out / groups) % block === 0)) return 'blocks';
  return groups === 1 && into < block ? 'image' : undefined;
}

/** Weights as [O / b, I / b, kh, kw, b of I, b of O], or as [O / b, I, kh, kw, b] where I is not in blocks. */
const orderOf = (kernel: Kernel): readonly number[] => (kernel === 'blocks' ? [0, 2, 4, 5, 3, 1] : [0, 2, 3, 4, 1]);

/** The weights padded with zeros to whole blocks of output channels. */
function filled(view: View, block: number): View {
  const [out, ...filter] = view.dims as Filters;
  if (out % block === 0) return view;
  const whole = [Math.ceil(out / block) * block, ...filter];
  const data = new Float32Array(sizeOf(whole));
  data.set(contiguous(view));
  return viewOf(data, whole);
}

function ordered(a: BlockedGraph, w: string, view: View, kernel: Kernel): string {
  const whole = filled(view, a.block);
  const outs = split(whole, 0, a.block);
  const axes = kernel === 'blocks' ? split(outs, 2, a.block) : outs;
  return a.reordered(w, kernel, { ...transposed(axes, orderOf(kernel)), as: whole.dims });
}

/** The weights in a kernel's layout; undefined where reordering them costs more than it saves. */
function weightsFor(a: BlockedGraph, w: string, kernel: Kernel, positions: number): string | undefined {
  const view = a.constant(w);
  if (view !== undefined) return ordered(a, w, view, kernel);
  const [out, , rows, columns] = a.shape(w) as Filters;
  if (kernel === 'depthwise' && rows === 1 && columns === 1) return a.plain(w);
  if (kernel !== 'blocks' || out % a.block !== 0 || positions < FEWEST_POSITIONS) return undefined;
  return reorderWeights(a, w);
}

/** Emits a Conv node in blocks; false where no kernel for blocks takes it. */
export function blockConv(a: BlockedGraph, { inputs, outputs, attributes }: OnnxNode): boolean {
  const [x, w, bias] = inputs as [string, string, string?];
  const [name] = outputs as [string];
  const [from, filters, to] = [a.shape(x), a.shape(w), a.shape(name)];
  if (from?.length !== 4 || filters?.length !== 4 || to?.length !== 4) return false;
  const [batch, channels] = from as Filters;
  const kernel = kernelFor(a.block, channels, filters as Filters, attributes.group as number);
  if (kernel === undefined) return false;
  const isWhole = a.fits(to);
  // The result has fewer channels than a block, as images have 3: it is padded to one and reordered at once.
  if (!isWhole && (bias !== undefined || a.constant(w) === undefined || (attributes.group as number) > 1)) return false;
  const [, , rows, columns] = to as Filters;
  const weights = weightsFor(a, w, kernel, batch * rows * columns);
  if (weights === undefined) return false;
  const images = kernel === 'image' ? a.plain(x) : a.blocked(x);
  a.convolve(name, { x: images, w: weights, attributes, ...(bias !== undefined && { bias: a.plain(bias) }) });
  if (!isWhole) a.plain(name);
  return true;
}
