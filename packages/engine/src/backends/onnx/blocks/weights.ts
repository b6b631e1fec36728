/**
 * Weights that change with each call, reordered for the kernel for blocks: [O / b, I / b, kh, kw, b of I, b of O].
 *
 * One transpose would do it, but value by value and on one thread. Products with constant matrices of zeros and ones run on all.
 */
import { contiguous } from '../fold/copy.ts';
import type { View } from '../fold/view.ts';
import type { BlockedGraph } from './blocked-graph.ts';

/** [O, I, kh, kw]. */
export type Filters = readonly [number, number, number, number];

/**
 * Output positions of a batch from which reordering pays: it costs about 2.5 ns a weight, and saves 3 ps a weight and position over
 * unfolding the images.
 */
export const FEWEST_POSITIONS = 700;

/** Where weights come from: their channels may be exchanged and some of their taps picked, which the same passes then do. */
interface Origin {
  readonly from: string;
  readonly exchanged: boolean;
  /** [taps, picked taps]. */
  readonly picks: View | undefined;
}

function originOf(a: BlockedGraph, w: string): Origin {
  const transposed = a.maker(w);
  const exchanged = transposed?.type === 'Transpose' && `${transposed.attributes.perm}` === '1,0,2,3';
  const whole = exchanged ? (transposed.inputs[0] as string) : w;
  const product = a.maker(a.maker(whole)?.inputs[0] ?? '');
  const picks = a.constant(product?.inputs[1] ?? '');
  const rows = a.maker(product?.inputs[0] ?? '');
  const from = rows?.inputs[0] as string;
  const isPicked =
    a.maker(whole)?.type === 'Reshape' &&
    product?.type === 'MatMul' &&
    rows?.type === 'Reshape' &&
    picks?.dims.length === 2;
  const filters = a.shape(from);
  if (!isPicked || filters?.length !== 4 || (filters[2] as number) * (filters[3] as number) !== picks.dims[0]) {
    return { from: whole, exchanged, picks: undefined };
  }
  return { from, exchanged, picks };
}

/** The matrix that takes [b of I, taps] to [picked taps, b of I]. */
function regrouping(a: BlockedGraph, taps: number, picks: View | undefined): string {
  const picked = picks === undefined ? taps : (picks.dims[1] as number);
  const matrix = picks && contiguous(picks);
  const is = (from: number, to: number): number =>
    matrix ? (matrix[from * picked + to] as number) : Number(from === to);
  const dims = [a.block * taps, picked * a.block];
  return a.matrix(`blocks/regrouping[${taps},${matrix ?? picked}]`, dims, (data) => {
    for (let channel = 0; channel < a.block; channel++) {
      for (let from = 0; from < taps; from++) {
        for (let to = 0; to < picked; to++) {
          data[(channel * taps + from) * picked * a.block + to * a.block + channel] = is(from, to);
        }
      }
    }
  });
}

/** The weights of a convolution in the kernel's layout. */
export function reorderWeights(a: BlockedGraph, w: string): string {
  const { from, exchanged, picks } = originOf(a, w);
  const shape = a.shape(w) as Filters;
  const [first, second, rows, columns] = a.shape(from) as Filters;
  const b = a.block;
  const taps = shape[2] * shape[3];
  const lines = a.reshape(a.plain(from), [(first * second) / b, b * rows * columns]);
  // [first, second / b, taps, b of second].
  const grouped = rows * columns === 1 ? lines : a.emit('MatMul', [lines, regrouping(a, rows * columns, picks)]);
  if (exchanged) {
    const blocks = a.reshape(grouped, [first / b, b, second / b, taps, b]);
    return a.reshape(a.emit('Transpose', [blocks], { perm: [2, 0, 3, 1, 4] }), shape);
  }
  const outside = a.reshape(grouped, [first / b, b, second * taps]);
  const identity = a.matrix('blocks/identity', [b, b], (data) => {
    for (let i = 0; i < b; i++) data[i * (b + 1)] = 1;
  });
  const inside = [outside, identity];
  return a.reshape(a.emit('FusedMatMul', inside, { transA: 1 }, '', 'com.microsoft'), shape);
}
