/**
 * Weights that change with each call, put in the order of the kernel for blocks: [O / b, I / b, kh, kw, b of I, b of O]. One transpose
 * would do it number by number on one thread; products with zeros and ones run on all.
 */
import { type View, values } from '../fold/view.ts';
import type { Arrangement } from './arrangement.ts';

/** [O, I, kh, kw]. */
export type Filters = readonly [number, number, number, number];

/**
 * Positions of a batch from which that is worth its price: moving a number takes about 2.5 ns, and a position gains 3 ps for each
 * over unfolding the images.
 */
export const FEWEST_POSITIONS = 700;

/** Where weights come from: their channels exchanged, or some of their taps picked, which the same passes can do. */
interface Origin {
  readonly from: string;
  readonly exchanged: boolean;
  /** [taps, picked taps]. */
  readonly picks: View | undefined;
}

function originOf(a: Arrangement, w: string): Origin {
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

/** [b of I, taps] to [picked taps, b of I], a matrix. */
function regrouping(a: Arrangement, taps: number, picks: View | undefined): string {
  const picked = picks === undefined ? taps : (picks.dims[1] as number);
  const matrix = picks && values(picks);
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

/** The weights of a convolution in its kernel's order. */
export function moved(a: Arrangement, w: string): string {
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
